#!/usr/bin/env bash
# The overview of development mode, and streams of events, in a real browser. Builds what is not built, installs Chromium if there is none, ends with "N passed, N failed".
# needs: chromium
set -eu

cd "$(dirname "$0")/../.."
if [ ! -x "${CHROMIUM:-/usr/bin/chromium}" ]; then
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q chromium
fi
npx tsc -b packages/cli
node scripts/build-dashboard.mjs
node --import tsx --conditions=trunkline-source conformance/browser/run.ts
node --import tsx --conditions=trunkline-source conformance/browser/events.ts
