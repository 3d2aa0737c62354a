#!/usr/bin/env bash
# The dashboard of a router with users, rights and traffic in a real browser, and looked over by axe. Builds what is not built, installs
# Chromium if there is none, ends with "N passed, N failed". --pictures FOLDER also writes the pictures of the guides there.
# needs: chromium
set -eu

cd "$(dirname "$0")/../.."
if [ ! -x "${CHROMIUM:-/usr/bin/chromium}" ]; then
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q chromium
fi
npm run --silent build
exec node --import tsx --conditions=trunkline-source conformance/dashboard/run.ts "$@"
