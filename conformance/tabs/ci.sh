#!/usr/bin/env bash
# The shared worker of docs/guide/browsers.md, as it is printed, with three tabs in a real browser. Ends with "N passed, N failed".
# needs: chromium
set -eu

cd "$(dirname "$0")/../.."
exec node --import tsx --conditions=trunkline-source conformance/tabs/run.ts
