# SPDX-License-Identifier: MIT
"""A reader (suites/bench/reading.h): docker-py's frames_iter over a file, its
exec_start over a unix socket."""
import sys
import time

import docker
from docker.utils.socket import frames_iter


def read_file(path):
    with open(path, "rb", buffering=0) as file:
        return sum(len(data) for _, data in frames_iter(file, tty=False))


def read_exec(path):
    client = docker.APIClient(base_url="unix://" + path, version="1.43")
    return sum(len(data) for data in client.exec_start("bench", stream=True))


def main():
    readers = {"decode": read_file, "attach": read_exec}
    if len(sys.argv) != 3 or sys.argv[1] not in readers:
        sys.exit("usage: run.py decode FILE | attach SOCKET")
    start, used = time.monotonic_ns(), time.process_time_ns()
    size = readers[sys.argv[1]](sys.argv[2])
    wall, cpu = time.monotonic_ns() - start, time.process_time_ns() - used
    print(wall, cpu, size)


main()
