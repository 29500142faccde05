#!/bin/sh
# Prints the path of a Chromium or Chrome for the browser tests; installs Debian's where there is
# none and we may, and says in one sentence what to do where we may not. The one without windows
# comes first, which opens a page for a fifth less: where it cannot be had, which is tried once, any
# other does.
set -eu

WITHOUT_WINDOWS=chromium-headless-shell
OTHERS="chromium chromium-browser google-chrome google-chrome-stable"
TRIED=.cache/$WITHOUT_WINDOWS.tried

find_one() {
    if [ -n "${CHROMIUM:-}" ]; then
        command -v "$CHROMIUM" && return 0
        echo "CHROMIUM=$CHROMIUM is not there" >&2
        exit 1
    fi
    for name in "$@"; do
        command -v "$name" && return 0
    done
    return 1
}

# One by one: what cannot be had must not keep the others away. A host that does not answer is not
# waited for; another installation is.
PATIENCE="-o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -o Acquire::Retries=1 -o DPkg::Lock::Timeout=300"
install() {
    for package in "$@"; do
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get $PATIENCE install -y --no-install-recommends \
            --no-remove "$package" >/dev/null 2>&1 || true
    done
}

find_one "$WITHOUT_WINDOWS" && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # Images for print are drawn by one that whoever exports them has.
    wanted="chromium fonts-dejavu-core"
    # shellcheck disable=SC2086
    find_one $OTHERS >/dev/null && wanted=
    if [ ! -e "$TRIED" ] || [ -n "$wanted" ]; then
        echo "Installing Chromium from the system's packages for the browser tests" >&2
        # shellcheck disable=SC2086
        apt-get $PATIENCE update >/dev/null 2>&1 || true
        # shellcheck disable=SC2086
        install $wanted "$WITHOUT_WINDOWS"
        mkdir -p .cache && touch "$TRIED"
    fi
fi

# shellcheck disable=SC2086
find_one "$WITHOUT_WINDOWS" $OTHERS && exit 0

echo "The browser tests need Chromium: install it (Debian: sudo apt-get install chromium) or set CHROMIUM to a Chrome you have." >&2
exit 1
