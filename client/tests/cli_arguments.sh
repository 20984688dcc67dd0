#!/bin/sh
# SPDX-License-Identifier: MIT
# cli_arguments.sh DEXEC - what dexec says to a wrong command line, and that
# it never gets as far as a daemon with one.
set -u
dexec=$1
failures=0
DOCKER_HOST=unix:///nonexistent/dexec.sock
export DOCKER_HOST

# check STATUS TEXT [ARG...]: run dexec with the arguments, compare its exit
# status, and look for the text on its first line of output.
check() {
    want_status=$1
    want_text=$2
    shift 2
    output=$("$dexec" "$@" 2>&1 </dev/null)
    status=$?
    case $output in
    *"$want_text"*) found=yes ;;
    *) found=no ;;
    esac
    if [ "$status" -ne "$want_status" ] || [ $found = no ]; then
        printf 'dexec %s\n  wanted %s: %s\n  got    %s: %s\n' "$*" \
            "$want_status" "$want_text" "$status" "$output"
        failures=$((failures + 1))
    fi
}

unreachable='connect to unix:///nonexistent/dexec.sock: no such file'

check 125 'dexec: no container was named'
check 125 'dexec: no container was named' -i
check 125 'dexec: no container was named' '' true
check 125 'dexec: no command was given for container t1' t1
check 125 'dexec: unknown option --nope' --nope t1 true
check 125 'dexec: unknown option -x' -x t1 true
check 125 'dexec: no value for -H' -H
check 125 'dexec: no value for --user' --user
check 125 'dexec: -e needs NAME=VALUE, not A' -e A t1 true
check 125 'dexec: -e needs NAME=VALUE, not =1' -e =1 t1 true
check 125 'dexec: host ftp://x: use unix:///PATH' -H ftp://x t1 true
check 125 'a port from 1 to 65535' --host tcp://127.0.0.1 t1 true
check 0 'usage: dexec' --help
check 0 'dexec ' --version
# Options end at the container: what follows is the command's own.
check 125 "create exec in t1: $unreachable" t1 ls --help -x
check 125 "create exec in t1: $unreachable" -it -e A=1 --env B=2 -w / -u 0:0 \
    --privileged --detach-keys ctrl-a -d t1 true
check 125 "create exec in -x: $unreachable" -- -x true

[ $failures -eq 0 ] || exit 1
