#!/bin/sh
# Prints the path of a redis-server for the tests of jobs; installs Debian's where there is none and
# we may, and says in one sentence what to do where we may not.
set -eu

find_one() {
    if [ -n "${REDIS_SERVER:-}" ]; then
        command -v "$REDIS_SERVER" && return 0
        echo "REDIS_SERVER=$REDIS_SERVER is not there" >&2
        exit 1
    fi
    for name in redis-server valkey-server; do
        command -v "$name" && return 0
    done
    return 1
}

find_one && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing redis-server from the system's packages for the tests of jobs" >&2
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        redis-server; } >/dev/null 2>&1 || true
    find_one && exit 0
fi

echo "The tests of jobs need Redis: install it (Debian: sudo apt-get install redis-server) or set REDIS_SERVER to one you have." >&2
exit 1
