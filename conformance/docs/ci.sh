#!/usr/bin/env bash
# Runs every program and command line of the documents as it stands.
set -eu
cd "$(dirname "$0")/../.."
npx vitest run --project documents
