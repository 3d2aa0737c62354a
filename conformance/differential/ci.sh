#!/usr/bin/env bash
# The serializers and the converter against Python's json, msgpack and cbor2. Makes the Python environment that it needs
# under .cache; everything else comes with npm ci.
# needs: python3 python3-venv
set -eu

cd "$(dirname "$0")/../.."
wanted=conformance/differential/requirements.txt
venv=.cache/differential-venv

if ! cmp -s "$wanted" "$venv/installed.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --no-input --disable-pip-version-check --requirement "$wanted"
  cp "$wanted" "$venv/installed.txt"
fi
exec node --import tsx --conditions=trunkline-source conformance/differential/run.ts --python "$venv/bin/python"
