#!/usr/bin/env bash
# nginx and HAProxy in front of two routers, with the configurations of examples/deploy that the guide shows: every transport through
# them, the addresses of clients, quiet connections, and a rolling restart. Ends with "N passed, N failed". Needs a built tree.
# needs: nginx libnginx-mod-stream haproxy
set -eu

cd "$(dirname "$0")/../.."
# Debian has nginx where only root's path leads.
export PATH=$PATH:/usr/sbin
exec node --import tsx --conditions=trunkline-source conformance/proxies/run.ts
