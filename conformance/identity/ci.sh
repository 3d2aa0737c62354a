#!/bin/sh
# What continuous integration runs: the example with a user for each login, as a user starts it, tried, attacked and reloaded under load.
set -e
cd "$(dirname "$0")/../.."
node --import tsx --conditions=trunkline-source conformance/identity/run.ts
