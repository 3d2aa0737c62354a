#!/usr/bin/env bash
# The client in Deno and Bun, as their users get it: packs the packages, installs them into an empty folder under .cache, and runs program.mjs
# in each runtime against a router in Node. Fetches the runtimes from the package registry; one that does not start here is skipped.
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

# run NAME COMMAND...: the program in a runtime; its last line has the counts.
run() {
  local name=$1 counts
  shift
  if ! "$1" --version >version 2>&1; then
    printf 'SKIPPED %s: it does not start here: %s\n' "$name" "$(head -c 200 version | head -1)"
    return
  fi
  # shellcheck disable=SC2086 # two addresses
  timeout 60 "$@" program.mjs $url >output 2>&1
  counts=$(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' output)
  [ -n "$counts" ] && [ "${counts#* }" -eq 0 ] || cat output
  counts=${counts:-0 1}
  printf '%s (%s): %s passed, %s failed\n' "$name" "$(head -1 version)" "${counts% *}" "${counts#* }"
  passed=$((passed + ${counts% *}))
  failed=$((failed + ${counts#* }))
}

run Node node
run Deno "$work/bin/node_modules/@deno/linux-x64-glibc/deno" run --quiet --allow-all
run Bun "$work/bin/node_modules/@oven/bun-linux-x64/bin/bun" run
finish
