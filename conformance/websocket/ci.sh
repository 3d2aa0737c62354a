#!/usr/bin/env bash
# The public WebSocket conformance suite against an echo made of the router's transport, then against one made of the
# client's in Node. Usage: ci.sh [SUITE ARGUMENTS].
# needs: python3-venv
set -eu

cd "$(dirname "$0")/../.."
venv=$(conformance/python.sh websocket)
run=(node --conditions=trunkline-source --import tsx)

log=$(mktemp)
started=()
trap 'kill "${started[@]}" 2>/dev/null || true; rm -f "$log"' EXIT

# await_line PROCESS PATTERN: waits until a line of the log fits, and prints what fits.
await_line() {
  for _ in $(seq 100); do
    grep -om1 "$2" "$log" && return 0
    kill -0 "$1"
    sleep 0.1
  done
  return 1
}

echo '== the router'
"${run[@]}" conformance/websocket/echo-server.ts >"$log" &
started+=($!)
url=$(await_line "$!" '^ws://.*')

# Compression (12, 13) is not offered.
arguments=("$@")
[ $# -gt 0 ] || arguments=(-x '12.*' -x '13.*')
"$venv/bin/kosoku" -m fuzzingclient "${arguments[@]}" -p 8 -o .cache/websocket-report "$url"
node conformance/websocket/summary.mjs .cache/websocket-report/index.json

echo '== the client'
report=.cache/websocket-client-report
rm -rf "$report"
port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
: >"$log"
PYTHONUNBUFFERED=1 "$venv/bin/kosoku" -m fuzzingserver "${arguments[@]}" -o "$report" "127.0.0.1:$port" >"$log" 2>&1 &
suite=$!
started+=("$suite")
url=$(await_line "$suite" 'ws://.*')
"${run[@]}" conformance/websocket/echo-client.ts "$url"
# The index is written last.
for _ in $(seq 300); do
  node -e 'JSON.parse(require("node:fs").readFileSync(process.argv[1]))' "$report/index.json" 2>/dev/null && break
  kill -0 "$suite"
  sleep 0.1
done
node conformance/websocket/summary.mjs "$report/index.json"
