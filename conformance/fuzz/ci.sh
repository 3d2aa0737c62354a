#!/bin/sh
# What continuous integration runs: five seconds for every reader of strangers' octets.
set -e
cd "$(dirname "$0")/../.."
exec node --import tsx --conditions=trunkline-source conformance/fuzz/run.ts --seconds 5
