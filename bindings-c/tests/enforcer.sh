#!/usr/bin/env bash
# What examples/c/enforcer.c prevents and reports, as root on a file system of its own:
# enforcer.sh ENFORCER COMMAND, where COMMAND is `wardline`, or a program that
# compiles a policy: COMMAND compile FILE -o BUNDLE.
set -euo pipefail

enforcer=$1 command=$2
if [ "$(id -u)" != 0 ]; then echo 'skipped: needs root'; exit 77; fi
if [ -z "${WARDLINE_APART:-}" ]; then
    unshare -m true 2>/dev/null || { echo 'skipped: needs a mount namespace of its own'; exit 77; }
    WARDLINE_APART=yes exec unshare -m "$0" "$@"
fi

work=$(mktemp -d)
watched=$work/watched
mkdir "$watched"
mount -t tmpfs -o mode=755,exec tmpfs "$watched" || { echo 'skipped: needs tmpfs'; exit 77; }
enforcing=
finish() {
    [ -z "$enforcing" ] || kill "$enforcing" 2>/dev/null || true
    [ -z "$enforcing" ] || wait "$enforcing" 2>/dev/null || true
    umount "$watched" || true
    rm -rf "$work"
}
trap finish EXIT

failed=0
is() { # WHAT WANTED FOUND
    if [ "$2" = "$3" ]; then echo "ok: $1"; else echo "FAILED: $1: wanted $2, found $3"; failed=1; fi
}
status() { local code=0; "$@" >/dev/null 2>&1 || code=$?; echo "$code"; }
# Waits for a line in what the enforcer tells.
told() { for _ in $(seq 100); do grep -qF -- "$1" "$work/told" && return 0; sleep 0.05; done; return 1; }
# Another enforcer instead, of one that must still be there: what it told is gone first.
another() { # COMMAND…
    kill "$enforcing"
    wait "$enforcing"
    : >"$work/told"
    "$@" >>"$work/told" 2>"$work/errors" &
    enforcing=$!
    told '"type":"status"'
}

mkdir "$watched/bin" "$watched/etc" "$watched/data"
cp /bin/true "$watched/bin/xmrig"
cp /bin/true "$watched/bin/good"
echo secret >"$watched/etc/secret"
echo public >"$watched/etc/public"
echo single >"$watched/etc/single"
echo short >"$watched/data/short"
# Programs to read with, under names that policies can except.
cp /bin/cat "$watched/bin/cat"
ln -s "$watched/etc/secret" "$watched/data/link"
ln "$watched/etc/secret" "$watched/data/hard"
cat >"$work/policy.yaml" <<END
wardline: 1
kind: host
name: guard
platform: linux
mode: enforce
controls:
  executables_blocked: { executables: [xmrig] }
  file_block: { paths: [$watched/etc/secret, $watched/etc/single, "$watched/deploy/current/*"], except_processes: [$watched/bin/cat] }
  file_integrity_monitoring: { operations: [modify], paths: ["$watched/data/**"] }
END
"$command" compile "$work/policy.yaml" -o "$work/policy.wlb" >/dev/null

"$enforcer" "$work/policy.wlb" "$watched" >"$work/told" 2>"$work/errors" &
enforcing=$!
if ! told '"type":"status"'; then
    if grep -q 'fanotify_init: Operation not permitted\|fanotify_init: Function not implemented\|fanotify_mark: Invalid argument' "$work/errors"; then
        echo "skipped: needs fanotify permission events: $(cat "$work/errors")"
        exit 77
    fi
    cat "$work/errors"; exit 1
fi

is 'a listed program does not run' 126 "$(status "$watched/bin/xmrig")"
is 'others run' 0 "$(status "$watched/bin/good")"
cp "$watched/bin/good" "$work/copy" && ln -s "$watched/bin/xmrig" "$watched/bin/innocent"
is 'nor by a symbolic link' 126 "$(status "$watched/bin/innocent")"
ln "$watched/bin/xmrig" "$watched/bin/harmless"
is 'nor by a hard link' 126 "$(status "$watched/bin/harmless")"
is 'nor by a path with ..' 126 "$(status "$watched/etc/../bin/xmrig")"
is 'it fails with EPERM' 'EPERM' "$(python3 -c "
import errno, os, sys
try: os.execv(sys.argv[1], ['x'])
except OSError as e: print(errno.errorcode[e.errno])" "$watched/bin/xmrig")"
is 'a protected file cannot be read' 1 "$(status cat "$watched/etc/secret")"
is 'nor through a symbolic link' 1 "$(status cat "$watched/data/link")"
is 'nor through a hard link' 1 "$(status cat "$watched/data/hard")"
is 'nor through ..' 1 "$(status cat "$watched/data/../etc/secret")"
is 'nor through /proc/self/root' 1 "$(status cat "/proc/self/root$watched/etc/secret")"
is 'nor from its directory' 1 "$(cd "$watched/etc" && status cat secret)"
# Unmounted lazily: the enforcer closes what it was asked about just after it has answered.
mkdir "$work/elsewhere" && mount --bind "$watched" "$work/elsewhere"
is 'nor through a bind mount' 1 "$(status cat "$work/elsewhere/etc/secret")"
is 'nor if it has one link' 1 "$(status cat "$work/elsewhere/etc/single")"
is 'a listed program does not run through a bind mount' 126 "$(status "$work/elsewhere/bin/xmrig")"
is 'what is read through one is otherwise free' 0 "$(status cat "$work/elsewhere/etc/public")"
umount --lazy "$work/elsewhere"
mount --bind "$watched/etc" "$work/elsewhere"
is 'nor through a bind mount of its directory' 1 "$(status cat "$work/elsewhere/single")"
is 'nor if it has several links' 1 "$(status cat "$work/elsewhere/secret")"
umount --lazy "$work/elsewhere"
touch "$work/one" && mount --bind "$watched/etc/single" "$work/one"
is 'nor through a bind mount of the file' 1 "$(status cat "$work/one")"
umount --lazy "$work/one"
# As any user may who may make namespaces, over a name that nothing forbids.
is 'nor in a mount namespace, under the name of another' 1 "$(status unshare -m sh -c 'mount --bind "$0/etc/single" "$0/etc/public" && cat "$0/etc/public"' "$watched")"
is 'nor by a link made in one' 1 "$(status unshare -m sh -c 'mount --bind "$0/etc" "$1" && ln "$1/single" "$1/made" && cat "$1/made"' "$watched" "$work/elsewhere")"
rm "$watched/etc/made"
is 'nor by another program under the name of the excepted one' 1 "$(status unshare -m sh -c 'mount --bind /bin/cat "$0/bin/cat" && "$0/bin/cat" "$0/etc/secret"' "$watched")"
is 'a deleted file can be opened again' 0 "$(status sh -c 'exec 3<"$0/data/short" && rm "$0/data/short" && cat /proc/self/fd/3' "$watched")"
is 'others can be read' 0 "$(status cat "$watched/etc/public")"
is 'the excepted program reads it' 0 "$(status "$watched/bin/cat" "$watched/etc/secret")"
echo written >"$watched/data/file"
is 'a write is reported' yes "$(told '"operation":"modify","path":"'"$watched"'/data/file"' && echo yes)"
is 'with the control' yes "$(told '"control":"file_integrity_monitoring"' && echo yes)"
is 'an exec is reported' yes "$(told '"action":"block","intent":"block","reason":"matched","matched":1,"policy":"guard","control":"executables_blocked"' && echo yes)"
is 'every line is JSON' yes "$(python3 -c "
import json, sys
for line in open(sys.argv[1]): json.loads(line)
print('yes')" "$work/told")"

# Files of which a name lies outside the directory: another enforcer, for `deploy`. The
# index of names is older than the links, and then than a directory that is moved.
mkdir "$watched/deploy" "$watched/next" "$watched/outside"
echo keys >"$watched/next/keys" && ln "$watched/next/keys" "$watched/outside/keys" && ln "$watched/outside/keys" "$watched/outside/keys2"
another "$enforcer" "$work/policy.wlb" "$watched/deploy"
is 'a file of several links outside passes' 0 "$(status cat "$watched/outside/keys")"
is 'and again' 0 "$(status cat "$watched/outside/keys")"
echo free >"$watched/outside/free" && ln "$watched/outside/free" "$watched/outside/more"
is 'and one that was just linked' 0 "$(status cat "$watched/outside/more")"
mv "$watched/next" "$watched/deploy/current"
is 'not if a directory with a protected name was moved there' 1 "$(status cat "$watched/outside/keys")"
echo new >"$watched/outside/new" && ln "$watched/outside/new" "$watched/deploy/current/new" && ln "$watched/outside/new" "$watched/outside/other"
is 'nor if it was just linked' 1 "$(status cat "$watched/outside/new")"
# A directory so large that to walk it takes longer than an event may.
cat >"$work/large.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
int nftw(const char *path, int (*visit)(), int files, int flags) {
  int (*walk)(const char *, int (*)(), int, int) = (int (*)(const char *, int (*)(), int, int))dlsym(RTLD_NEXT, "nftw");
  sleep(8);
  return walk(path, visit, files, flags);
}
END
gcc -shared -fPIC -w "$work/large.c" -ldl -o "$work/large.so"
another env LD_PRELOAD="$work/large.so" "$enforcer" "$work/policy.wlb" "$watched/deploy"
status cat "$watched/outside/new" >"$work/answer" &
asking=$!
sleep 0.2
is 'others pass while a large directory is walked' 0 "$(status timeout 1 cat "$watched/etc/public")"
wait "$asking"
is 'what only the walk could tell is refused when failing closed' 1 "$(cat "$work/answer")"
is 'and again' 1 "$(status cat "$watched/outside/new")"
is 'and again while it is walked' 1 "$(status cat "$watched/outside/new")"
is 'the enforcer lives' yes "$(kill -0 "$enforcing" && echo yes)"
another "$enforcer" "$work/policy.wlb" "$watched"

# Other policies, by SIGHUP; a bundle that does not load changes nothing.
sed -i 's/\[xmrig\]/[good]/' "$work/policy.yaml"
"$command" compile "$work/policy.yaml" -o "$work/next.wlb" >/dev/null
head -c 100 "$work/next.wlb" >"$work/policy.wlb"
kill -HUP "$enforcing"
for _ in $(seq 100); do grep -q 'the old policies stay' "$work/errors" && break; sleep 0.05; done
is 'a damaged bundle is told' 1 "$(grep -c 'the old policies stay' "$work/errors")"
is 'and the old policies stay' 126 "$(status "$watched/bin/xmrig")"
mv "$work/next.wlb" "$work/policy.wlb"
kill -HUP "$enforcing"
is 'the status of new policies is told' yes "$(told '"generation":2}' && echo yes)"
is 'new policies are in force' 126 "$(status "$watched/bin/good")"
is 'and the old ones no more' 0 "$(status "$watched/bin/xmrig")"

# It dies, and the machine goes on.
kill -KILL "$enforcing"
ended=0
wait "$enforcing" 2>/dev/null || ended=$?
enforcing=
is 'it lived until it was killed' 137 "$ended"
is 'when it dies everything passes' 0 "$(status timeout 5 "$watched/bin/good")"
[ "$failed" = 0 ]
