#!/usr/bin/env bash
# The serializers and the converter against Python's json, msgpack and cbor2. Makes the Python environment that it needs
# under .cache; everything else comes with npm ci.
# needs: python3 python3-venv
set -eu

cd "$(dirname "$0")/../.."
venv=$(conformance/python.sh differential)
exec node --import tsx --conditions=trunkline-source conformance/differential/run.ts --python "$venv/bin/python"
