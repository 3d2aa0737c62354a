#!/usr/bin/env bash
# The client in Deno, Bun, Electron and a browser, as their users get it: packs the packages, installs them into an empty folder under .cache, and runs
# program.mjs in each runtime, and in pages and workers of all kinds, against a router in Node. Fetches the runtimes from the package registry;
# one that does not start here is skipped.
# needs: chromium
set -u

cd "$(dirname "$0")/../.."
here=$PWD/conformance/runtimes
work=$PWD/.cache/runtimes
passed=0
failed=0

finish() {
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
  exit
}

rm -rf "$work/tarballs" "$work/app" && mkdir -p "$work/tarballs" "$work/app" "$work/bin"
for each in protocol contract client router; do
  npm pack --silent --pack-destination "$work/tarballs" "./packages/$each" >/dev/null || { failed=1 && finish; }
done
[ -d "$work/bin/node_modules" ] || npm install --silent --no-save --no-audit --no-fund --prefix "$work/bin" @deno/linux-x64-glibc@2.9.6 @oven/bun-linux-x64@1.4.5
cd "$work/app"
printf '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund "$work"/tarballs/*.tgz || { failed=1 && finish; }
cp "$here"/*.mjs .

node router.mjs >address &
router=$!
trap 'kill "$router"' EXIT
until [ -s address ]; do kill -0 "$router" 2>/dev/null || { failed=1 && finish; }; sleep 0.1; done
url=$(cat address) # of WebSocket and of RawSocket

# count NAME VERSION: adds the counts in the last line of the file `output`, and shows it if a test failed.
count() {
  local counts
  counts=$(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' output)
  [ -n "$counts" ] && [ "${counts#* }" -eq 0 ] || cat output
  counts=${counts:-0 1}
  printf '%s (%s): %s passed, %s failed\n' "$1" "$2" "${counts% *}" "${counts#* }"
  passed=$((passed + ${counts% *}))
  failed=$((failed + ${counts#* }))
}

# run NAME COMMAND...: the program in a runtime; its last line has the counts.
run() {
  local name=$1
  shift
  if ! "$1" --version >version 2>&1; then
    printf 'SKIPPED %s: it does not start here: %s\n' "$name" "$(head -c 200 version | head -1)"
    return
  fi
  # shellcheck disable=SC2086 # two addresses
  timeout 60 "$@" main.mjs $url >output 2>&1
  count "$name" "$(head -1 version)"
}

run Node node
run Deno "$work/bin/node_modules/@deno/linux-x64-glibc/deno" run --quiet --allow-all
run Bun "$work/bin/node_modules/@oven/bun-linux-x64/bin/bun" run
# Its package fetches the program from elsewhere, so it runs where it is installed. The settings of its renderer: transports/renderer.test.ts.
ELECTRON_RUN_AS_NODE=1 run Electron "${ELECTRON:-electron}"
(cd "$here" && exec node --import tsx --conditions=trunkline-source chromium.ts "$work/app") >output 2>&1
count Chromium "$("${CHROMIUM:-/usr/bin/chromium}" --version 2>/dev/null)"
finish
