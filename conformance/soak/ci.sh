#!/bin/sh
# What continuous integration runs: 45 seconds of churn.
set -e
cd "$(dirname "$0")/../.."
npm run --silent soak -- --seconds 45
