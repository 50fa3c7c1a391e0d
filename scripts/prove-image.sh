#!/usr/bin/env bash
# Builds the image of the Dockerfile and runs it where there is no Docker engine: with buildah, whose chroot isolation needs no
# other rights than root. The base image is made here as well, from Debian's packages and the Node.js of the checkout, under the name
# that the Dockerfile asks for. Needs root, buildah and debootstrap; leaves nothing behind but the folder of its base system, if one is given.
#
#   scripts/prove-image.sh [FOLDER OF THE BASE SYSTEM]
set -euo pipefail
cd "$(dirname "$0")/.."

image=$(sed -nE 's/^FROM (node:[0-9.]+-slim)$/\1/p' Dockerfile | head -n 1)
work=$(mktemp -d)
base=${1:-$work/base}
daemon=
finish() {
  [ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null || true
  build unmount --all >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT

build() { buildah --root "$work/images" --runroot "$work/run" --storage-driver vfs "$@"; }

step() { printf '\n== %s\n' "$*"; }

if [ ! -x "$base/usr/bin/env" ]; then
  step "base system into $base"
  debootstrap --variant=minbase --include=libatomic1,libstdc++6 bookworm "$base" >/dev/null
fi

step "$image: Debian, the Node.js of the checkout, npm"
install -D -m 0755 node_modules/node/bin/node "$base/usr/local/bin/node"
if [ ! -e "$base/usr/local/lib/node_modules/npm" ]; then
  mkdir -p "$base/usr/local/lib/node_modules/npm"
  (cd "$work" && npm pack --silent npm@11 >/dev/null)
  tar -xzf "$work"/npm-*.tgz -C "$base/usr/local/lib/node_modules/npm" --strip-components 1
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$base/usr/local/bin/npm"
fi
scratch=$(build from scratch)
build add -q "$scratch" "$base" / >/dev/null
build config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$scratch"
build commit -q "$scratch" "docker.io/library/$image" >/dev/null
build rm "$scratch" >/dev/null

step 'buildah build: every step of the Dockerfile'
# What npm needs on this machine to reach its registry is no part of the image.
cat "$HOME/.npmrc" >"$work/npmrc" 2>/dev/null || true
mounts=(--volume "$work/npmrc:/root/.npmrc:ro")
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
  echo 'cafile=/root/authorities.pem' >>"$work/npmrc"
  mounts+=(--volume "$NODE_EXTRA_CA_CERTS:/root/authorities.pem:ro")
fi
build build -q --format docker --isolation chroot --pull-never "${mounts[@]}" -t portico . >/dev/null

step 'what the image holds'
container=$(build from --pull-never localhost/portico)
build inspect --format '{{.OCIv1.Config.User}} {{.OCIv1.Config.Entrypoint}} {{.OCIv1.Config.Labels}}' "$container"
root=$(build mount "$container")
du -sh "$root/opt/portico" | cut -f 1
for unwanted in src test node_modules/tap node_modules/typescript; do
  [ ! -e "$root/opt/portico/$unwanted" ] || { echo "the image holds $unwanted" >&2; exit 1; }
done

step 'it runs, is healthy, serves, and ends when it is told to'
run() { build run --isolation chroot --user portico "$container" -- "$@"; }
configuration=/etc/portico/daemon.config.yaml
run portico run -c "$configuration" >"$work/log" 2>&1 &
running=$!
run portico status -c "$configuration" --wait 60s
run portico doctor -c "$configuration" || [ $? = 1 ]
answer=$(printf 'hello' | timeout 10 node_modules/node/bin/node -e "
  const socket = require('net').connect(2007, '127.0.0.1', () => process.stdin.pipe(socket));
  socket.pipe(process.stdout);")
[ "$answer" = hello ] || { echo "echo answered \"$answer\"" >&2; exit 1; }
run portico stop -c "$configuration" --wait 30s
wait "$running"
grep -q '"event":"worker.retired"' "$work/log"

step 'fine'
