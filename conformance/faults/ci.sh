#!/bin/sh
# What continuous integration runs: a few rounds of most kinds of faults, and small crowds.
set -e
cd "$(dirname "$0")/../.."
ulimit -n "$(ulimit -Hn)"
npm run --silent faults -- --short
