#!/usr/bin/env bash
# The store of events on the disk while its process is killed, its disk is full, its file is cut off or has wrong bits. Ends with "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."
exec node --import tsx --conditions=trunkline-source conformance/store/run.ts "$@"
