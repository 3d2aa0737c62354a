#!/usr/bin/env bash
# The files of examples/deploy: lints the Dockerfile, checks the file for Compose and the manifests of Kubernetes against their schemas and the unit of systemd
# for exposure, rotates the logs of a running router, and runs what the image would hold as the image would run it: from tarballs, in a root of its own without a shell,
# read-only, as a user without rights, until its health check is good, then until SIGTERM has ended it.
# The image listens at the ports 8080 and 8082 of this machine, which have to be free.
# needs: python3-venv bubblewrap logrotate systemd
set -u

cd "$(dirname "$0")/../.."
here=conformance/deploy
files=examples/deploy
work=.cache/deploy
rm -rf "$work" && mkdir -p "$work/tarballs" "$work/root/app"
source conformance/steps.sh

for port in 8080 8082; do
  if (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    echo "FAILED port $port is taken: the image listens there"
    failed=1
    finish
  fi
done

exposure() {
  systemd-analyze verify "$files/trunkline.service" && systemd-analyze security --offline=true --threshold=20 "$files/trunkline.service"
}

# Whether the file for Compose is as its specification says; how its keys are sorted is no mistake.
compose() {
  mkdir -p "$work/dclint" && echo '{ "private": true }' >"$work/dclint/package.json" &&
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work/dclint" dclint@3.1.0 &&
    "$work/dclint/node_modules/.bin/dclint" "$files/compose.yaml"
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

# Each visit is in one of the two files after logrotate has renamed the first.
rotates() {
  local logs="$PWD/$work/logs" process status=1
  rm -rf "$logs" && mkdir -p "$logs" && chmod 755 "$logs" || return 1
  cat >"$logs/router.yaml" <<END
listeners: [{ rawsocket: { path: $logs/router.sock, mode: '0600' } }]
realms: { realm1: { anonymous: { role: guest }, roles: { guest: [] } } }
logs: { access: $logs/access.log }
END
  sed "s#/var/log/trunkline#$logs#; s#systemctl kill .*#kill -USR2 \$(cat $logs/pid)#" "$files/trunkline.logrotate" >"$logs/rotation"
  chmod 644 "$logs/rotation"
  node packages/cli/bin/trunkline.js start --config "$logs/router.yaml" --pid-file "$logs/pid" >"$logs/router.out" 2>&1 &
  process=$!
  visit "$logs" && logrotate --force --state "$logs/state" "$logs/rotation" && visit "$logs" &&
    in_file "$logs/access.log" && in_file "$logs/access.log.1" && status=0
  kill "$process" && wait "$process"
  return "$status"
}

visit() {
  for _ in $(seq 100); do
    [ -S "$1/router.sock" ] && break
    sleep 0.1
  done
  node packages/cli/bin/trunkline.js call com.example.any --url "rs+unix://$1/router.sock"
  [ $? -eq 4 ]
}

in_file() {
  for _ in $(seq 50); do
    [ "$(grep -c '"event":"joined"' "$1")" = 1 ] && return 0
    sleep 0.1
  done
  cat "$1"
  return 1
}

venv=$("$here/../python.sh" deploy) || exit 1
try 'hadolint' "$venv/bin/hadolint" "$files/Dockerfile"
try 'the file for Compose' compose
try 'manifests of Kubernetes' "$venv/bin/kubernetes-validate" "$files/kubernetes.yaml"
if command -v systemd-analyze >/dev/null; then
  try 'systemd: exposure of at most 2.0' exposure
else
  echo 'SKIPPED systemd: there is no systemd-analyze'
fi
try 'logrotate: no visit is lost' rotates
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
