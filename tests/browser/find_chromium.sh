#!/bin/sh
# Prints the path of a Chromium or Chrome for the browser tests; installs Debian's where there is
# none and we may, and says in one sentence what to do where we may not.
set -eu

find_one() {
    if [ -n "${CHROMIUM:-}" ]; then
        command -v "$CHROMIUM" && return 0
        echo "CHROMIUM=$CHROMIUM is not there" >&2
        exit 1
    fi
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" && return 0
    done
    return 1
}

find_one && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium from the system's packages for the browser tests" >&2
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        chromium fonts-dejavu-core; } >/dev/null 2>&1 || true
    find_one && exit 0
fi

echo "The browser tests need Chromium: install it (Debian: sudo apt-get install chromium) or set CHROMIUM to a Chrome you have." >&2
exit 1
