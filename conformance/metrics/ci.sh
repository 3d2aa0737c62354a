#!/usr/bin/env bash
# The metrics of a router with the real Prometheus: what promtool says of the page and of the files of the example, and what a server
# that scrapes the router answers. Ends with "N passed, N failed".
# needs: prometheus
set -eu

cd "$(dirname "$0")/../.."
if ! command -v prometheus >/dev/null || ! command -v promtool >/dev/null; then
  echo 'SKIPPED metrics with Prometheus: it is not there'
  exit 0
fi
exec node --import tsx --conditions=trunkline-source conformance/metrics/run.ts
