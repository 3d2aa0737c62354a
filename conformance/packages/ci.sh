#!/usr/bin/env bash
# What is published, as its users get it: packs the packages, installs them into an empty folder under .cache, compiles a file
# that imports every door against @types/node 20, 22 and 24 by node16 and by bundler resolution, requires them from CommonJS,
# runs tests by node:test, vitest and jest, and the command by npx, which also builds a contract in TypeScript. Needs a built tree and the package registry.
set -u

cd "$(dirname "$0")/../.."
root=$PWD
work=$root/.cache/packages
rm -rf "$work" && mkdir -p "$work/tarballs"
source conformance/steps.sh

pack_all() {
  local each
  for each in protocol contract client router testing cli; do npm pack --silent --pack-destination "$work/tarballs" "./packages/$each" || return 1; done
}

install_all() {
  printf '{ "private": true }' >package.json
  npm install --silent --no-audit --no-fund "$work"/tarballs/*.tgz jest@30 \
    node20@npm:@types/node@20 node22@npm:@types/node@22 node24@npm:@types/node@24
}

# What "Are the types wrong?" says of each tarball; the packages are ESM alone. It brings a compiler of its own, and so has a folder of its own.
attw() {
  local tarball
  mkdir -p "$work/attw" && echo '{ "private": true }' >"$work/attw/package.json" &&
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work/attw" @arethetypeswrong/cli@0.18.5 || return 1
  for tarball in "$work"/tarballs/*.tgz; do
    "$work/attw/node_modules/.bin/attw" "$tarball" --profile esm-only --format ascii || return 1
  done
}

# Every door of every package, from the tarballs themselves: those of frameworks, which need the types of a page, apart.
write_doors() {
  node -e '
    const { readFileSync, writeFileSync } = require("node:fs")
    const files = { "doors.mts": "", "page-doors.mts": "" }
    let count = 0
    for (const name of ["@trunkline/protocol", "@trunkline/contract", "@trunkline/client", "@trunkline/router", "@trunkline/testing", "trunkline"]) {
      const { exports = {} } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"))
      for (const door of Object.keys(exports)) {
        if (exports[door].types === undefined) continue
        files[/^\.\/(react|vue)$/.test(door) ? "page-doors.mts" : "doors.mts"] += `import * as door${++count} from ${JSON.stringify(name + door.slice(1))}\nexport { door${count} }\n`
      }
    }
    for (const [file, text] of Object.entries(files)) writeFileSync(file, text)'
  [ -s doors.mts ] && [ -s page-doors.mts ]
}

# compile NODE MODULE RESOLUTION: strict, and with the libraries' own types checked.
compile() {
  rm -rf node_modules/@types/node node_modules/undici-types
  mkdir -p node_modules/@types && cp -r "node_modules/node$1" node_modules/@types/node
  "$root/node_modules/.bin/tsc" --noEmit --ignoreConfig --strict --lib es2022 --target es2022 --types node --skipLibCheck false \
    --module "$2" --moduleResolution "$3" doors.mts &&
    "$root/node_modules/.bin/tsc" --noEmit --ignoreConfig --strict --lib es2022,dom,dom.iterable --target es2022 --types node \
      --skipLibCheck false --module "$2" --moduleResolution "$3" page-doors.mts
}

# A page as its bundler compiles it: without the types of Node, of which some are those of newer libraries.
compile_page() {
  printf '%s\n' "import { connect } from '@trunkline/client'" "import { contract } from '@trunkline/contract'" \
    "export { contract }" "await using client = await connect({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })" >page.mts
  "$root/node_modules/.bin/tsc" --noEmit --ignoreConfig --strict --lib es2022,dom,dom.iterable --target es2022 --types '' \
    --skipLibCheck false --module esnext --moduleResolution bundler page.mts
}

write_tests() {
  cat >require.cjs <<'CJS'
const { connect, createClient } = require('@trunkline/client')
const { createRouter } = require('@trunkline/router')
if (typeof connect !== 'function' || typeof createClient !== 'function' || typeof createRouter !== 'function') process.exit(1)
CJS
  cat >session.test.mjs <<'MJS'
import { openSession } from '@trunkline/client/session'
import { createRouter } from '@trunkline/router'

test('a session in one process', async () => {
  const router = createRouter({ realms: { realm1: { anonymousRole: 'all', roles: { all: [{ uri: '**', allow: ['call', 'register'] }] } } } })
  const session = await openSession({ transport: router.openLocal(), realm: 'realm1' })
  await session.register('com.example.add', ({ args: [a, b] }) => a + b)
  expect(await session.call('com.example.add', [2, 3])).toBe(5)
  await session.leave()
  await router.close()
})
MJS
}

run_jest() {
  NODE_OPTIONS=--experimental-vm-modules npx --no-install jest --testMatch "**/$1" --rootDir .
}

# The examples of tests, each with its runner.
copy_examples() {
  cp "$root"/examples/testing/*.mjs . && echo 'export default {}' >vitest.config.mjs
}

run_vitest() {
  "$root/node_modules/.bin/vitest" run --root . orders.vitest
}

print_version() {
  npx --no-install trunkline --version | grep -E '^[0-9]+\.[0-9]+\.[0-9]+'
}

# Loads a router that it starts by itself, which needs the command to find its own file.
run_bench() {
  npx --no-install trunkline bench rpc --duration 500ms --json | grep -q '"router":"own".*"errors":0'
}

build_contract() {
  cat >shop.contract.ts <<'TS'
import { contract, date, procedure } from '@trunkline/contract'
export const shop = contract('com.example.shop', {
  /** When it opens. */
  opens: procedure({ result: date() }),
})
TS
  npx --no-install trunkline contract build shop.contract.ts && grep -q 'When it opens' shop.contract.json
}

# What `npm run release` and the workflow after it would do, in a clone, and without publishing.
release() {
  local clone=$work/clone
  git clone --quiet "$root" "$clone" && cd "$clone" || return 1
  git config user.name release && git config user.email release@trunkline.example
  node scripts/release.mjs 99.0.0 && [ -z "$(git status --porcelain)" ] && git describe --exact-match | grep -x v99.0.0 || return 1
  grep -q '@trunkline/client@99.0.0/dist/trunkline.min.js' docs/reference/browser-files.md || return 1
  ! git grep -n '"0\.1\.0"' -- 'package.json' 'packages/*/package.json' || return 1
  npm ci --dry-run --ignore-scripts --no-audit --no-fund >/dev/null && grep -q '^## 99.0.0, 20' CHANGELOG.md || return 1
  for each in protocol contract client router testing cli; do cp -r "$root/packages/$each/dist" "packages/$each/dist" || return 1; done
  npm publish --silent --workspaces --dry-run --ignore-scripts --access public --tag ci || return 1
  npm sbom --package-lock-only --workspace trunkline --omit dev --sbom-format cyclonedx | grep -q "pkg:npm/%40trunkline/router@99.0.0"
}

# The single executable in a folder of its own, as its users get it: start, a configuration that is a module, call, health, reload, bench, SIGTERM;
# and with workers, which are this file again.
executable() {
  local folder=$work/executable url base router result=0
  node "$root/scripts/build-executable.mjs" "$folder/trunkline" && cd "$folder" && ./trunkline --version | grep -E '^[0-9]+\.[0-9]+\.[0-9]+' || return 1
  cat >trunkline.config.mjs <<'MJS'
const rules = [{ uri: 'wamp.session.count', allow: ['call'] }]
export default {
  listeners: [{ websocket: { host: '127.0.0.1', port: 0 } }],
  realms: { realm1: { anonymous: { role: 'guest' }, roles: { guest: rules } } },
}
MJS
  ./trunkline start --pid-file pid >log &
  router=$!
  for _ in $(seq 100); do grep -q listening log && break || sleep 0.1; done
  url=$(sed -n 's/.*"address":"\(ws:[^"]*\)".*/\1/p' log)
  base=${url%/ws}
  ./trunkline health "http${base#ws}" && [ "$(./trunkline call wamp.session.count --url "$url")" = 1 ] && ./trunkline reload --pid-file pid || result=1
  ./trunkline bench rpc --duration 500ms --json | grep -q '"router":"own".*"errors":0' || result=1
  for _ in $(seq 100); do grep -q 'configuration reloaded' log && break || sleep 0.1; done
  kill -TERM "$router"
  wait "$router" && grep -q 'configuration reloaded' log && grep -q '"msg":"stopped"' log && [ "$result" -eq 0 ] || { cat log && return 1; }
  ./trunkline start --workers 2 >log &
  router=$!
  for _ in $(seq 300); do grep -q 'all workers are open' log && break || sleep 0.1; done
  url=$(sed -n 's/.*"address":"\(ws:[^"]*\)".*/\1/p' log | head -n 1)
  [ "$(./trunkline call wamp.session.count --url "$url")" = 1 ] || result=1
  kill -TERM "$router"
  wait "$router" && [ "$(grep -c '"msg":"stopped"' log)" -eq 2 ] && [ "$result" -eq 0 ] || { cat log && return 1; }
}

try 'npm run release, without publishing' release
cd "$root" || exit 1
try 'the single executable' executable
cd "$root" || exit 1
try 'npm pack' pack_all
cd "$work" || exit 1
try 'npm install' install_all
[ "$failed" -eq 0 ] || finish # nothing below can run
try 'attw' attw
try 'a door has types' write_doors
for node in 20 22 24; do
  try "types, @types/node $node, node16" compile "$node" node16 node16
  try "types, @types/node $node, bundler" compile "$node" es2022 bundler
done
write_tests
try 'types of a page' compile_page
try 'require from CommonJS' node require.cjs
try 'jest' run_jest session.test.mjs
try 'examples of tests' copy_examples
try 'examples of tests: node:test' node --test orders.node.test.mjs
try 'examples of tests: vitest' run_vitest
try 'examples of tests: jest' run_jest orders.jest.test.mjs
try 'npx trunkline --version' print_version
try 'npx trunkline bench' run_bench
try 'npx trunkline contract build' build_contract
finish
