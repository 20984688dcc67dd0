// SPDX-License-Identifier: MIT

// A reader (suites/bench/reading.h): Docker's own stdcopy.StdCopy over a file.
package main

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
)

// counter is io.Discard that counts.
type counter struct{ bytes int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	return len(p), nil
}

func cpu() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func main() {
	if len(os.Args) != 3 || os.Args[1] != "decode" {
		fmt.Fprintln(os.Stderr, "usage: run decode FILE")
		os.Exit(2)
	}
	file, err := os.Open(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var to counter
	start, used := time.Now(), cpu()
	_, err = stdcopy.StdCopy(&to, &to, file)
	wall := time.Since(start).Nanoseconds()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(wall, cpu()-used, to.bytes)
}
