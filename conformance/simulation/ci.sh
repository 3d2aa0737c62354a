#!/bin/sh
# What continuous integration runs: 2,000 seeds, and five mutants that must be found.
set -e
cd "$(dirname "$0")/../.."
npm run --silent simulate -- --seeds 2000 --forget
npm run --silent mutants -- --sample 5
