#!/usr/bin/env bash
# install_test.sh PACKAGE: what a user of the package goes through, on a fresh Debian 12 with systemd in a container:
# install, a port that is taken, a site, reload, upgrade, a crash, remove, purge.
# Needs root, mmdebstrap and systemd-container. The container has a network of its own, without a way out.
# Quotes keep words for the shell in the container:
# shellcheck disable=SC2016
set -euo pipefail

package=$(readlink -f "$1")
work=$(mktemp -d)
root=$work/root
leader='' machine=''

in_machine() {
  nsenter -t "$leader" -m -p -u -i -C -n -r -w env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive "$@"
}

# shellcheck source=tests/package/expect.sh
. "$(dirname "$(readlink -f "$0")")/expect.sh"

answers() { in_machine curl -sS -i --max-time 10 "http://localhost$1" | tee "$work/answer" | grep -q "$2"; }
is_active() { in_machine systemctl --quiet is-active larder; }
main_pid() { in_machine systemctl show -p MainPID --value larder; }

clean_up() {
  if [[ -n $machine ]] && kill -0 "$machine" 2>/dev/null; then
    in_machine systemctl poweroff >/dev/null 2>&1 || true
    until_true not kill -0 "$machine" || kill "$machine" || true
  fi
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

# What the package depends on, computed from itself, so that it can be installed without a network.
make_root() {
  local needed
  needed=$(dpkg-deb -f "$package" Depends | sed 's/([^)]*)//g; s/ //g')
  mmdebstrap --quiet --variant=apt --include="systemd,systemd-sysv,dbus,udev,curl,php-fpm,$needed" bookworm "$root" \
    /etc/apt/sources.list.d/debian.sources
}

boot() {
  unshare -m bash -c '
    umount -R -l /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup
    exec systemd-nspawn -q -D "$0" --boot --private-network --register=no --keep-unit --machine=larder-test \
      --console=read-only' "$root" </dev/null >"$work/console" 2>&1 &
  machine=$!
  until_true has_booted || { cat "$work/console" && exit 1; }
}
# The first child of systemd-nspawn is not yet the one that becomes the container's init.
has_booted() {
  leader=$(pgrep -P "$machine" | head -1) && [[ -n $leader ]] &&
    in_machine sh -c 'systemctl is-system-running | grep -Eq "running|degraded"'
}

# The same package with a higher version.
make_upgrade() {
  dpkg-deb -R "$package" "$work/upgrade"
  sed -i 's/^Version: .*/&+upgrade/' "$work/upgrade/DEBIAN/control"
  dpkg-deb --root-owner-group -b "$work/upgrade" "$root/root/upgrade.deb" >/dev/null
}

make_root
cp "$package" "$root/root/larder.deb"
make_upgrade
boot

expect 'it installs' in_machine apt-get install -y /root/larder.deb
expect 'the service runs' until_true is_active
expect 'it welcomes' until_true answers / 'Larder works'
expect 'it says who served' answers / '^X-Served-By: '
expect 'the drive gets little at a time' in_machine grep -q '^vm.dirty_bytes' /usr/lib/sysctl.d/60-larder.conf
expect 'not as root' in_machine sh -c 'ps -o user= -p $(systemctl show -p MainPID --value larder) | grep -qx larder'
expect 'PHP not as root either' in_machine sh -c '! ps -eo user,args | grep "[p]ool larder" | grep -q "^root"'
expect 'hardened to 2.5 or less' in_machine systemd-analyze security --threshold=25 --no-pager larder

in_machine sh -c 'mkdir -p /srv/site/uploads; chown larder: /srv/site/uploads
  echo "<?php echo \"page \", PHP_MAJOR_VERSION, \" \", uniqid();" > /srv/site/index.php
  echo "<?php header(\"Cache-Control: no-store\");
    echo file_put_contents(\"/srv/site/uploads/a\", \"x\") ? \"kept\" : \"lost\";" > /srv/site/upload.php
  sed -i "s|^;root = .*|root = /srv/site|" /etc/larder/larder.ini; systemctl restart larder'
expect 'PHP answers' until_true answers / 'page 8'
expect 'then the cache does' answers / 'larder; hit'
expect 'PHP can keep an upload' answers /upload.php 'kept'
expect 'nothing else is writable' in_machine sh -c '! nsenter -t $(systemctl show -p MainPID --value larder) -m touch /etc/x'

before=$(main_pid)
expect 'it reloads' in_machine systemctl reload larder
expect 'and is the same process' test "$before" = "$(main_pid)"

in_machine sh -c 'kill -9 $(systemctl show -p MainPID --value larder)'
expect 'after a crash it is back' until_true answers / 'page 8'

answers / 'page 8'
page=$(tail -1 "$work/answer")
expect 'it can be upgraded' in_machine apt-get install -y /root/upgrade.deb
expect 'and runs' until_true answers / 'page 8'
expect 'with the page that was cached before' test "$page" = "$(tail -1 "$work/answer")"
expect 'and its settings' in_machine grep -q '^root = /srv/site' /etc/larder/larder.ini

expect 'it can be removed' in_machine apt-get remove -y larder
expect 'and stops' not answers / .
expect 'but leaves its settings' in_machine test -f /etc/larder/larder.ini

in_machine systemd-run --quiet --unit=other systemd-socket-activate -l 80 /bin/true
expect 'where the port is taken it installs' in_machine sh -c 'apt-get install -y /root/larder.deb > /root/log 2>&1'
expect 'says so' in_machine grep -q 'not started' /root/log
expect 'says what to do' in_machine grep -q 'systemctl restart larder' /root/log
expect 'and leaves the other alone' in_machine systemctl --quiet is-active other

expect 'it can be purged' in_machine apt-get purge -y larder
expect 'nothing of it is left' in_machine sh -c '! ls -d /etc/larder /var/cache/larder /usr/bin/larder 2>/dev/null'
expect 'nor its user' in_machine sh -c '! getent passwd larder'
expect 'but the site is' in_machine test -f /srv/site/index.php

closing_line
