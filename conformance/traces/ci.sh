#!/usr/bin/env bash
# Traces of a router and its clients in a real Jaeger, to which the configuration alone sends those of the router. Jaeger takes minutes to
# build: build.sh does that once, and without it this suite is skipped. Ends with "N passed, N failed".
set -eu

cd "$(dirname "$0")/../.."
export JAEGER=${JAEGER:-$PWD/.cache/traces/jaeger}
if [ ! -x "$JAEGER" ]; then
  echo 'SKIPPED traces with Jaeger: it is not there; conformance/traces/build.sh builds it'
  exit 0
fi
exec node --import tsx --conditions=trunkline-source conformance/traces/run.ts
