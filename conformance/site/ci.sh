#!/usr/bin/env bash
# The documentation as a site: builds it, which checks its links, and looks at it in a real browser. Ends with "N passed, N failed".
# needs: chromium
set -eu

cd "$(dirname "$0")/../.."
npm --prefix site ci --ignore-scripts --no-audit --no-fund # fails when its lock file is not whole
npm run docs:build
exec node --import tsx --conditions=trunkline-source conformance/site/run.ts
