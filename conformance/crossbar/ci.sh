#!/usr/bin/env bash
# Our client against Crossbar.io, on loopback. Makes the Python environment that it needs under .cache; the node is started
# with a configuration in a temporary folder and ended with the run.
# needs: python3 python3-venv
set -eu

cd "$(dirname "$0")/../.."
wanted=conformance/crossbar/requirements.txt
venv=.cache/crossbar-venv

if ! cmp -s "$wanted" "$venv/installed.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  # The list is whole, so nothing is looked for; what is not used need not be compiled.
  "$venv/bin/pip" install --no-deps --no-compile --quiet --no-input --disable-pip-version-check --requirement "$wanted"
  cp "$wanted" "$venv/installed.txt"
fi
exec node --import tsx --conditions=trunkline-source conformance/crossbar/run.ts "$venv/bin/crossbar" "$@"
