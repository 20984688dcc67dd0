#!/bin/sh
# SPDX-License-Identifier: MIT
# cli_arguments.sh DEXEC MAN - what dexec says to a wrong command line, and that
# it never gets as far as a daemon with one; and is each option in MAN?
set -u
dexec=$1
man=$2
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
    # One error is enough: nothing was tried after it.
    [ "$(printf '%s\n' "$output" | grep -c '^dexec: ')" -le 1 ] || found=no
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
check 125 'dexec: unknown option -x' -ix t1 true
check 125 'dexec: no value is taken by --tty=1' --tty=1 t1 true
check 125 'dexec: -e needs NAME=VALUE or NAME, not =1' -e =1 t1 true
check 125 "dexec: -e needs NAME=VALUE or NAME, not ''" -e '' t1 true
check 125 'dexec: --env-file /nonexistent/env: No such file or directory' \
    --env-file /nonexistent/env t1 true
check 125 'dexec: --env-file /: Is a directory' --env-file / t1 true
check 125 "dexec: --env-file $man:1: white space in the name" \
    --env-file "$man" t1 true
check 125 "dexec: --detach-keys: not a key: 'ctrl-P'" \
    --detach-keys ctrl-a,ctrl-P,b t1 true
check 125 "dexec: --detach-keys: not a key: ''" --detach-keys a, t1 true
check 125 "too many keys, from 'z'" --detach-keys \
    a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,z t1 true
check 125 "dexec: --timeout needs a time such as 1.5, 500ms, 2m or 1h, not x" \
    --timeout x t1 true
check 125 "1h, not ''" --timeout '' t1 true
check 125 'dexec: the input device is not a TTY: leave out -t' -it t1 true
check 125 'dexec: host ftp://x: use unix:///PATH' -H ftp://x t1 true
check 125 'a port from 1 to 65535' --host tcp://127.0.0.1 t1 true
check 0 'usage: dexec' --help
check 0 'dexec ' --version
# Options end at the container: what follows is the command's own.
check 125 "create exec in t1: $unreachable" t1 ls --help -x
check 125 "create exec in t1: $unreachable" -it -e A=1 --env B=2 -w / -u 0:0 \
    --privileged --detach-keys ctrl-a -d t1 true
check 125 "create exec in -x: $unreachable" -- -x true
check 125 "create exec in t1: $unreachable" --timeout 1h --detach-keys '' -e A \
    -e HOME --env-file /dev/null t1 true
check 125 '{"event":"error","time_ms":' --json t1 true
check 125 '"code":"connect","http_status":0,"message":"create exec in t1: ' \
    --json t1 true

for option in $("$dexec" --help | grep -o -e '--[a-z-]*' | sort -u); do
    if ! sed 's/\\-/-/g' "$man" | grep -q -e "$option\>"; then
        echo "$man does not say $option"
        failures=$((failures + 1))
    fi
done

[ $failures -eq 0 ] || exit 1
