#!/usr/bin/env bash
# Clients that others wrote, against the router and against each other. Makes the Python environment that it needs under
# .cache; everything else comes with npm ci.
# needs: python3 python3-venv
set -eu

cd "$(dirname "$0")/../.."
wanted=conformance/interop/requirements.txt
venv=.cache/interop-venv

if ! cmp -s "$wanted" "$venv/installed.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --no-input --disable-pip-version-check --requirement "$wanted"
  cp "$wanted" "$venv/installed.txt"
fi
exec node --import tsx --conditions=trunkline-source conformance/interop/interop.ts "$venv/bin/python"
