#!/bin/sh
# Prints the path of Node.js 18 or newer for the tests of the scripts; installs Debian's where there
# is none and we may, and says in one sentence what to do where we may not.
set -eu

find_one() {
    for name in "${NODE:-node}" nodejs; do
        if command -v "$name" >/dev/null && "$name" -e 'process.exit(Number(process.versions.node.split(".")[0] < 18))'; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

find_one && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Node.js from the system's packages for the tests of the scripts" >&2
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        nodejs; } >/dev/null 2>&1 || true
    find_one && exit 0
fi

echo "The tests of the scripts need Node.js 18 or newer: install it (Debian: sudo apt-get install nodejs) or set NODE to one you have." >&2
exit 1
