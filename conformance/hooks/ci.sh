#!/usr/bin/env bash
# The components of docs/guide/pages.md, as they are printed, in a real browser. Ends with "N passed, N failed".
# needs: chromium
set -eu

cd "$(dirname "$0")/../.."
exec node --import tsx --conditions=trunkline-source conformance/hooks/run.ts
