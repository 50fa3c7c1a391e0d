#!/usr/bin/env bash
# Starts Portico under a systemd of its own, as docs/systemd.md says, and tries what that page promises. systemd is process 1 of a
# container made of namespaces, in a Debian from debootstrap, with a network that is loopback alone: nothing of the machine is changed. Needs
# root, debootstrap, npm, curl with sftp, iproute2, and cgroup2 mounted somewhere; leaves nothing behind but the folder of its base system, if one is given.
#
#   scripts/prove-systemd.sh [RELEASE OF DEBIAN [FOLDER OF THE BASE SYSTEM]]
set -euo pipefail
cd "$(dirname "$0")/.."

release=${1:-bookworm}
work=$(mktemp -d)
base=${2:-$work/base}
root=$work/root
group=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)/portico-prove-$$
outer=
built=$([ -d dist ] || echo dist)
finish() {
  # With process 1 all others of its namespace end.
  [ -z "$outer" ] || kill -KILL "$outer" 2>/dev/null || true
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
    [ -d "$group" ] || break
    sleep 0.5
  done
  rm -rf --one-file-system "$work" ${built:+"$built"}
}
trap finish EXIT

step() { printf '\n== %s\n' "$*"; }
fail() {
  inside journalctl -u portico --no-pager -n 40 >&2 || true
  echo "$*" >&2
  exit 1
}

step "Debian $release with systemd"
if [ ! -x "$base/usr/bin/env" ]; then
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,logrotate,libatomic1,libstdc++6 "$release" "$base" >/dev/null
fi
cp -a "$base" "$root"

step 'npm install -g portico, with the Node.js of the checkout'
install -D -m 0755 node_modules/node/bin/node "$root/usr/local/bin/node"
npm pack --silent --pack-destination "$work" >/dev/null
npm install -g --silent --ignore-scripts --prefix "$root/usr/local" "$work"/portico-*.tgz
package=$root/usr/local/lib/node_modules/portico
unit=$root/etc/systemd/system

step 'systemd starts'
cat >"$work/start" <<'END'
set -e
root=$1
ip link set lo up
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=0755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for number in 0:stdin 1:stdout 2:stderr; do ln -s "fd/${number%:*}" "$root/dev/${number#*:}"; done
cd "$root"
mkdir .outside
pivot_root . .outside
exec /usr/bin/env -i container=portico PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /bin/sh -c 'umount -l /.outside && rmdir /.outside && mount --make-rshared / && exec /lib/systemd/systemd --system'
END
mkdir "$group"
(
  echo "$BASHPID" >"$group/cgroup.procs"
  exec unshare --fork --kill-child --pid --mount --uts --ipc --cgroup --net bash "$work/start" "$root"
) >"$work/log" 2>&1 </dev/null &
outer=$!
disown
inside() {
  nsenter -t "$first" --mount --uts --ipc --net --pid --cgroup --root --wd -- \
    /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root SYSTEMD_COLORS=0 SYSTEMD_PAGER= "$@"
}
peer() { nsenter -t "$first" --net -- "$@"; }
first=
for _ in $(seq 100); do
  first=$(tr -d ' ' <"/proc/$outer/task/$outer/children" || true)
  # That it cannot load modules in a container ("degraded") is no news.
  if [ -n "$first" ] && grep -qE 'running|degraded' <<<"$(inside systemctl is-system-running 2>/dev/null)"; then break; fi
  sleep 0.2
done
inside systemctl --version | head -n 1

# What a peer gets back from a port of TCP; empty where it is refused.
echoed() { peer bash -c "exec 3<>/dev/tcp/127.0.0.1/$1 && echo $2 >&3 && head -n 1 <&3" 2>/dev/null | tr -d '\r\t' || true; }
expect() { [ "$2" = "$3" ] || fail "$1: expected \"$3\", got \"$2\""; }
serves() { expect "echo on port ${1:-7}" "$(echoed "${1:-7}" hello)" hello; }
shown() { inside systemctl show --value -p "$1" portico; }
eventually() {
  for _ in $(seq 150); do
    if "$@" 2>/dev/null; then return; fi
    sleep 0.2
  done
  fail "in vain: $*"
}
is_replaced() { [ "$(shown MainPID)" != "$1" ] && [ "$(shown ActiveState)" = active ]; }
has_session() { [ "$(inside portico sessions | wc -l)" -gt 1 ]; }

step 'the start, as docs/systemd.md says'
mkdir -p "$root/etc/portico" "$unit/portico.service.d"
configuration=$root/etc/portico/daemon.config.yaml
cat >"$configuration" <<'END'
daemon: { state: /var/lib/portico, runtime: /run/portico, drain: 3s }
logging: { outputs: [console, { file: /var/log/portico/portico.log }] }
accounts: /var/lib/portico/accounts.yaml
deliveries:
  archive: { type: directory, path: /var/lib/portico/archive, name: "{service}" }
services:
  echo: { listen: ["tcp://*:7", "udp://*:7"] }
  ftp: { listen: "tcp://*:21", deliver: [archive] }
  sftp: { listen: "tcp://*:22", deliver: [archive] }
  chat: { listen: "tcp://*:23", welcome: "${file:/run/credentials/portico.service/welcome}" }
  smtp: { listen: "tcp://*:25", deliver: [archive] }
  tftp: { listen: "udp://*:69", root: /var/lib/portico/boot, write: true, deliver: [archive] }
  rights: { type: exec, listen: "tcp://*:79", command: [/bin/grep, CapEff, /proc/self/status] }
  http: { listen: "tcp://*:80", routes: { /: { upload: true, deliver: [archive] } } }
END
(umask 077 && echo 'a word that only root can read' >"$root/etc/portico/welcome")
# Shorter than in the unit, so that nobody has to wait.
cat >"$unit/portico.service.d/override.conf" <<'END'
[Service]
LoadCredential=welcome:/etc/portico/welcome
WatchdogSec=5s
END
install -m 0644 "$package/systemd/portico.service" "$unit/portico.service"
inside systemctl daemon-reload
inside systemctl enable --quiet --now portico || fail 'it does not start'
expect 'after the start' "$(shown ActiveState) $(shown StatusText)" 'active 8 services, generation 1'
echo 'open sesame' | inside portico user add alice
serves
inside portico check
inside portico doctor

step 'who serves has no rights, and the master one'
expect 'of the master' "$(inside grep CapEff "/proc/$(shown MainPID)/status" | tr -d '\t')" CapEff:0000000000000400
expect 'of a program' "$(echoed 79 '')" CapEff:0000000000000000
[ "$(inside stat -c %u "/proc/$(shown MainPID)")" != 0 ] || fail 'it is root'

step 'in the sandbox, what comes is taken, and delivered'
get() { peer curl -sS --max-time 20 "$@"; }
head -c 200000 /dev/urandom >"$work/file"
for address in ftp://127.0.0.1/file sftp://127.0.0.1/file2; do
  get --insecure --user 'alice:open sesame' -T "$work/file" "$address"
  get --insecure --user 'alice:open sesame' "$address" | cmp - "$work/file"
done
get -T "$work/file" tftp://127.0.0.1/file
get -T "$work/file" http://127.0.0.1/file >/dev/null
printf 'Subject: hello\r\n\r\nhello\r\n' |
  get smtp://127.0.0.1 --mail-from a@example.com --mail-rcpt b@example.com -T -
expect 'a credential' "$(echoed 23 nick)" '* a word that only root can read'
for service in ftp sftp tftp http smtp; do
  eventually test -s "$root/var/lib/private/portico/archive/$service"
done

step 'a reload; with mistakes it fails, and changes nothing'
cp "$configuration" "$work/good"
echo '  broken: { type: nothing }' >>"$configuration"
! inside systemctl reload portico 2>/dev/null || fail 'a broken configuration was reloaded'
expect 'after it' "$(shown ActiveState) $(shown StatusText)" 'active 8 services, generation 1'
grep -q 'configuration rejected' <<<"$(inside journalctl -b -u portico -p err -o cat)" || fail 'the journal has no error'
(cat "$work/good" && echo '  more: { type: echo, listen: "tcp://*:99" }') >"$configuration"
inside systemctl reload portico
expect 'after a good one' "$(shown StatusText)" '9 services, generation 2'
serves 99

step 'a restart refuses nobody'
# "*" is two: one for IPv4, and one for IPv6.
expect 'sockets that systemd keeps' "$(shown NFileDescriptorStore)" 20
pid=$(shown MainPID)
inside systemctl restart portico &
restart=$!
refused=0 asked=0
while kill -0 $restart 2>/dev/null; do
  asked=$((asked + 1))
  [ "$(echoed 7 hello)" = hello ] || refused=$((refused + 1))
done
wait $restart
[ "$(shown MainPID)" != "$pid" ] || fail 'it is the same process'
expect "refused of $asked" $refused 0

step 'an upgrade is the same process, and binds ports below 1024 as before'
pid=$(shown MainPID)
inside portico upgrade
expect 'the process' "$(shown MainPID) $(shown ActiveState)" "$pid active"
sed -i 's/:99"/:98"/' "$configuration"
inside systemctl reload portico
serves 98

step 'log files are renamed'
install -m 0644 "$package/systemd/portico.logrotate" "$root/etc/logrotate.d/portico"
inside logrotate --force /etc/logrotate.d/portico
eventually grep -q '"event":"log.reopened"' "$root/var/log/private/portico/portico.log"

step 'a master that is killed, or hangs, is replaced'
pid=$(shown MainPID)
inside kill -KILL "$pid"
eventually is_replaced "$pid"
serves
pid=$(shown MainPID)
inside kill -STOP "$pid"
eventually is_replaced "$pid"
serves
grep -q 'Watchdog timeout' <<<"$(inside journalctl -b -u portico -o cat)" || fail 'it was not the watchdog'

step 'a stop drains'
peer bash -c 'exec 3<>/dev/tcp/127.0.0.1/7 && cat <&3 >/dev/null' &
session=$!
eventually has_session
inside systemctl stop portico
wait $session || true
expect 'the end' "$(shown Result) $(shown ActiveState)" 'success inactive'

step 'sockets of systemd, and no right at all'
sed -i 's/^  echo: .*/  echo: { listen: socket:echo }/; /:2[1235]"\|:[6-9][0-9]"/d' "$configuration"
sed 's/^FileDescriptorName=.*/FileDescriptorName=echo/' "$package/systemd/portico.socket" >"$unit/portico.socket"
printf 'AmbientCapabilities=\nCapabilityBoundingSet=\n' >>"$unit/portico.service.d/override.conf"
inside systemctl daemon-reload
inside systemctl enable --quiet --now portico.socket
expect 'before somebody comes' "$(shown ActiveState)" inactive
serves
inside systemctl restart portico
serves
inside systemctl disable --quiet --now portico.socket portico

step 'a user that stays, whose files may be anywhere'
install -m 0644 "$package/systemd/portico.sysusers.conf" "$root/usr/lib/sysusers.d/portico.conf"
inside systemd-sysusers
inside mv /var/lib/portico/accounts.yaml /etc/portico/accounts.yaml
inside chown root:portico /etc/portico/accounts.yaml
inside chmod 0640 /etc/portico/accounts.yaml
sed 's#^accounts: .*#accounts: /etc/portico/accounts.yaml#' "$work/good" >"$configuration"
printf '[Service]\nLoadCredential=welcome:/etc/portico/welcome\n' >"$unit/portico.service.d/override.conf"
inside systemctl daemon-reload
inside systemctl start portico
expect 'who it is' "$(inside stat -c %U "/proc/$(shown MainPID)")" portico
echo 'open wheat' | inside portico user password alice
eventually get --user 'alice:open wheat' ftp://127.0.0.1/file -o /dev/null
inside systemctl stop portico

step 'a master that is root, for services with a user: of their own'
sed -n '/^#   \[Service\]$/,$ s/^#   //p' "$package/systemd/portico.service" >"$unit/portico.service.d/override.conf"
sed -e 's/daemon: {/daemon: { user: portico,/; s/  smtp: {/  smtp: { user: mail,/; s/  rights: {/  rights: { user: daemon,/' \
  -e 's/^  chat: .*/  chat: { listen: "tcp:\/\/*:23" }/' "$work/good" >"$configuration"
rm -rf "$root"/var/{lib,log}/{private/,}portico
inside systemctl daemon-reload
inside systemctl start portico
printf 'Subject: hello\r\n\r\nhello\r\n' |
  get smtp://127.0.0.1 --mail-from a@example.com --mail-rcpt b@example.com -T -
eventually test -s "$root/var/lib/portico/archive/smtp"
expect 'of a program' "$(echoed 79 '')" CapEff:0000000000000000
inside systemctl stop portico

step 'fine'
