#!/bin/sh
# sh deploy/libraries.sh VENV: what requirements.lock names, into a virtual environment. Nothing is
# installed, and nothing builds anything, whose hash is not in it.
set -eu
cd "$(dirname "$0")/.."
install() {
  "$python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --require-hashes \
    --only-binary=:all: --no-binary=dash-cytoscape --no-build-isolation -r "$1"
}
python=$(cd "$OLDPWD" && cd "$1" && pwd)/bin/python
tools=$(mktemp)
trap 'rm -f "$tools"' EXIT
# dash-cytoscape comes as source alone: what builds it is there before.
sed -n '/^setuptools==/,/[^\\]$/p' requirements.lock >"$tools"
install "$tools"
install requirements.lock
