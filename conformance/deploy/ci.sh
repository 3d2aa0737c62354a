#!/usr/bin/env bash
# The files of examples/deploy: lints the Dockerfile, checks the manifests of Kubernetes against their schema and the unit of systemd
# for exposure, and runs what the image would hold as the image would run it: from tarballs, in a root of its own without a shell,
# read-only, as a user without rights, until its health check is good, then until SIGTERM has ended it.
# needs: python3-venv bubblewrap
set -u

cd "$(dirname "$0")/../.."
here=conformance/deploy
files=examples/deploy
work=.cache/deploy
rm -rf "$work" && mkdir -p "$work/tarballs" "$work/root/app"
source conformance/steps.sh

exposure() {
  systemd-analyze verify "$files/trunkline.service" && systemd-analyze security --offline=true --threshold=20 "$files/trunkline.service"
}

# What the stages of the Dockerfile copy, from the packages as they are here.
fill_root() {
  local each library
  for each in protocol contract client router cli; do npm pack --silent --pack-destination "$work/tarballs" "./packages/$each" || return 1; done
  (cd "$work/root/app" && echo '{ "private": true }' >package.json && npm install --omit=dev --ignore-scripts --no-audit --no-fund ../../tarballs/*.tgz) || return 1
  mkdir -p "$work"/root/{nodejs/bin,etc/trunkline,run/secrets,proc,dev,tmp}
  cp "$(command -v node)" "$work/root/nodejs/bin/node"
  ldd "$(command -v node)" | grep -oE '/[^ ]+' | while read -r library; do
    install -D "$library" "$work/root$library" || return 1
  done
  cp "$files/trunkline.yaml" "$work/root/etc/trunkline/"
  node packages/cli/bin/trunkline.js token --json | node -p 'JSON.parse(require("fs").readFileSync(0, "utf8")).sha256' >"$work/root/run/secrets/backend.sha256"
}

# inside COMMAND...: as the image runs it.
inside() {
  bwrap --ro-bind "$work/root" / --proc /proc --dev /dev --tmpfs /tmp --unshare-user --unshare-pid --unshare-ipc --uid 65532 --gid 65532 \
    --new-session --die-with-parent --clearenv --setenv NODE_ENV production --chdir /app "$@"
}

becomes_healthy() {
  local health
  mapfile -t health < <(node "$here/image.mjs" "$files/Dockerfile" health)
  for _ in $(seq 100); do
    inside "${health[@]}" && return 0
    kill -0 "$router" || break
    sleep 0.2
  done
  cat "$work/router.log"
  return 1
}

# A program without the secret is refused by the router, not by the network.
answers() {
  node packages/cli/bin/trunkline.js call com.example.shop.any --realm com.example.shop --timeout 5s
  [ $? -eq 4 ]
}

# bwrap passes no signal on, so the router gets it by its own id.
ends() {
  pkill -TERM --full '^/nodejs/bin/node .* start ' || return 1
  timeout 30 tail --pid="$router" -f /dev/null || return 1
  grep -q '"msg":"stopped"' "$work/router.log" || { cat "$work/router.log" && return 1; }
}

venv=$("$here/../python.sh" deploy) || exit 1
try 'hadolint' "$venv/bin/hadolint" "$files/Dockerfile"
try 'manifests of Kubernetes' "$venv/bin/kubernetes-validate" "$files/kubernetes.yaml"
if command -v systemd-analyze >/dev/null; then
  try 'systemd: exposure of at most 2.0' exposure
else
  echo 'SKIPPED systemd: there is no systemd-analyze'
fi
try 'what the image holds' fill_root
if inside /nodejs/bin/node --version >"$work/last.log" 2>&1; then
  mapfile -t start < <(node "$here/image.mjs" "$files/Dockerfile" start)
  inside "${start[@]}" >"$work/router.log" 2>&1 &
  router=$!
  trap 'kill -9 "$router" 2>/dev/null' EXIT
  try 'the health check becomes good' becomes_healthy
  try 'strangers are refused' answers
  try 'SIGTERM ends it' ends
else
  printf 'SKIPPED image: no root of its own here: %s\n' "$(head -1 "$work/last.log")"
fi
finish
