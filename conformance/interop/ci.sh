#!/usr/bin/env bash
# Clients that others wrote, against the router and against each other. Makes the Python environment that it needs under
# .cache; everything else comes with npm ci.
# needs: python3 python3-venv
set -eu -o pipefail

cd "$(dirname "$0")/../.."
venv=$(conformance/python.sh interop)

# Both are run whatever becomes of the first; the line of counts is that of both. A command without one counts as a failure.
status=0
passed=0
failed=0
for command in interop features; do
  log=.cache/interop-$command.log
  node --import tsx --conditions=trunkline-source "conformance/interop/$command.ts" "$venv/bin/python" | tee "$log" || status=1
  line=$(tail -n 1 "$log")
  [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || { line='0 passed, 1 failed' && status=1; }
  read -r more_passed _ more_failed _ <<< "$line"
  passed=$((passed + more_passed))
  failed=$((failed + more_failed))
done
printf '%d passed, %d failed\n' "$passed" "$failed"
exit "$status"
