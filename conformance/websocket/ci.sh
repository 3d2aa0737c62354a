#!/usr/bin/env bash
# The public WebSocket conformance suite against an echo made of the router's transport. Usage: ci.sh [SUITE ARGUMENTS].
# needs: python3-venv
set -eu

cd "$(dirname "$0")/../.."
cache=.cache/kosoku
[ -x "$cache/bin/kosoku" ] || { python3 -m venv "$cache" && "$cache/bin/pip" install --quiet kosoku==0.1.0; }

log=$(mktemp)
node --conditions=trunkline-source --import tsx conformance/websocket/echo-server.ts >"$log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -f "$log"' EXIT
for _ in $(seq 100); do
  grep -q '^ws://' "$log" && break
  kill -0 "$server"
  sleep 0.1
done
url=$(grep -m1 '^ws://' "$log")

# Compression (12, 13) is not offered.
[ $# -gt 0 ] || set -- -x '12.*' -x '13.*'
"$cache/bin/kosoku" -m fuzzingclient "$@" -p 8 -o .cache/websocket-report "$url"
node conformance/websocket/summary.mjs .cache/websocket-report/index.json
