#!/usr/bin/env bash
# The todo list of the examples in a real browser, while each part of it is killed. Ends with "N passed, N failed".
# needs: chromium python3 python3-venv
set -eu

cd "$(dirname "$0")/../.."
npx tsc -b packages/cli packages/client packages/contract
exec node --import tsx --conditions=trunkline-source conformance/todo/run.ts "$(conformance/python.sh interop)/bin/python"
