#!/usr/bin/env bash
# Makes the Python environment of one suite under .cache, with the packages that its list names, and prints where it is. What
# is there and has the same list is left as it is. Usage: python.sh SUITE [ARGUMENTS FOR pip].
set -eu

cd "$(dirname "$0")/.."
wanted=conformance/$1/requirements.txt
venv=.cache/$1-venv
shift

if ! cmp -s "$wanted" "$venv/installed.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv" >&2
  "$venv/bin/pip" install --quiet --no-input --disable-pip-version-check "$@" --requirement "$wanted" >&2
  cp "$wanted" "$venv/installed.txt"
fi
echo "$venv"
