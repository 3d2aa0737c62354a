#!/usr/bin/env bash
# Builds Jaeger, with its storage in memory, below .cache/traces. Needs Go and some minutes.
set -eu

cd "$(dirname "$0")/../.."
mkdir -p .cache/traces && cd .cache/traces
[ -f go.mod ] || go mod init traces
go get -tool github.com/jaegertracing/jaeger/cmd/all-in-one@v1.76.0
nice go build -o jaeger github.com/jaegertracing/jaeger/cmd/all-in-one
