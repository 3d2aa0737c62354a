#!/bin/sh
# What continuous integration runs: 2,000 seeds of one router, 200 of three nodes that have to behave like one, 60 of three between which things go wrong, and five mutants that must be found.
set -e
cd "$(dirname "$0")/../.."
npm run --silent simulate -- --seeds 2000 --forget
npm run --silent simulate -- --seeds 200 --nodes 3 --forget
npm run --silent simulate -- --seeds 60 --nodes 3 --faults --forget
npm run --silent mutants -- --sample 5
