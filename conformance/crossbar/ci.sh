#!/usr/bin/env bash
# Our client against Crossbar.io, on loopback. Makes the Python environment that it needs under .cache; the node is started
# with a configuration in a temporary folder and ended with the run.
# needs: python3 python3-venv
set -eu

cd "$(dirname "$0")/../.."
# The list is whole, so nothing is looked for; what is not used need not be compiled.
venv=$(conformance/python.sh crossbar --no-deps --no-compile)
exec node --import tsx --conditions=trunkline-source conformance/crossbar/run.ts "$venv/bin/crossbar" "$@"
