#!/bin/sh
# What continuous integration runs: the whole corpus once, then ten rounds of every fifth case to see that memory stays flat.
set -e
cd "$(dirname "$0")/../.."
npm run --silent hostile
npm run --silent hostile -- --rounds 10 --sample 5
