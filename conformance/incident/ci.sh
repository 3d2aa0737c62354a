#!/usr/bin/env bash
# The walk of docs/guide/incident.md, line by line, with a router behind nginx, Prometheus and a browser. Makes each picture that the guide
# shows; --pictures FOLDER writes them there. Ends with "N passed, N failed". Needs a built tree.
# needs: chromium nginx prometheus openssl curl pngquant
set -eu

cd "$(dirname "$0")/../.."
exec node --import tsx --conditions=trunkline-source conformance/incident/run.ts "$@"
