#!/usr/bin/env bash
# install_test.sh PACKAGE ROOT: what a user of the package goes through, on a fresh Debian 12 with systemd in a container:
# install, a port that is taken, a site, reload, upgrade, a crash, remove, purge.
# ROOT is the Debian that the container is a copy of, see tests/package/furnish.sh. Needs root and systemd-container.
# Quotes keep words for the shell in the container:
# shellcheck disable=SC2016
set -euo pipefail

package=$(readlink -f "$1")
root=$(readlink -f "$2")
work=$(mktemp -d)

# shellcheck source=tests/package/expect.sh
. "$(dirname "$(readlink -f "$0")")/expect.sh"

# shellcheck source=tests/package/machine.sh
. "$(dirname "$(readlink -f "$0")")/machine.sh"

inside() { in_machine pi "$@"; }
answers() { inside curl -sS -i --max-time 10 "http://localhost$1" | tee "$work/answer" | grep -q "$2"; }
is_active() { inside systemctl --quiet is-active larder; }
main_pid() { inside systemctl show -p MainPID --value larder; }

clean_up() {
  power_off_all
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

# The same package with a higher version.
make_upgrade() {
  dpkg-deb -R "$package" "$work/upgrade"
  sed -i 's/^Version: .*/&+upgrade/' "$work/upgrade/DEBIAN/control"
  dpkg-deb --root-owner-group -b "$work/upgrade" "$work/upgrade.deb" >/dev/null
}

make_upgrade
boot pi "$root" --private-network --bind-ro="$package:/root/larder.deb" --bind-ro="$work/upgrade.deb:/root/upgrade.deb"
wait_for_boot pi

expect 'it installs' inside apt-get install -y /root/larder.deb
expect 'the service runs' until_true is_active
expect 'it welcomes' until_true answers / 'Larder works'
expect 'it says who served' answers / '^X-Served-By: '
expect 'the drive gets little at a time' inside grep -q '^vm.dirty_bytes' /usr/lib/sysctl.d/60-larder.conf
expect 'not as root' inside sh -c 'ps -o user= -p $(systemctl show -p MainPID --value larder) | grep -qx larder'
expect 'PHP not as root either' inside sh -c '! ps -eo user,args | grep "[p]ool larder" | grep -q "^root"'
expect 'hardened to 2.5 or less' inside systemd-analyze security --threshold=25 --no-pager larder

inside sh -c 'mkdir -p /srv/site/uploads; chown larder: /srv/site/uploads
  echo "<?php echo \"page \", PHP_MAJOR_VERSION, \" \", uniqid();" > /srv/site/index.php
  echo "<?php header(\"Cache-Control: no-store\");
    echo file_put_contents(\"/srv/site/uploads/a\", \"x\") ? \"kept\" : \"lost\";" > /srv/site/upload.php
  sed -i "s|^;root = .*|root = /srv/site|" /etc/larder/larder.ini; systemctl restart larder'
expect 'PHP answers' until_true answers / 'page 8'
expect 'then the cache does' answers / 'larder; hit'
expect 'PHP can keep an upload' answers /upload.php 'kept'
expect 'nothing else is writable' inside sh -c '! nsenter -t $(systemctl show -p MainPID --value larder) -m touch /etc/x'

# A visitor who comes again and again, while systemd keeps the listening sockets between two daemons.
inside sh -c 'until test -e /root/enough; do curl -s -o /dev/null -w "%{http_code}\n" --max-time 20 http://localhost/; done' \
  >"$work/visits" &
visitor=$!
came() { (($(wc -l <"$work/visits") >= $1)); }
for restart in 1 2 3 4 5; do
  expect "a visitor comes, restart $restart" until_true came $((20 * restart))
  expect 'it restarts meanwhile' inside systemctl restart larder
done
inside touch /root/enough
wait "$visitor" || true
expect 'the visitor was answered every time' not grep -vx 200 "$work/visits"

before=$(main_pid)
expect 'it reloads' inside systemctl reload larder
expect 'and is the same process' test "$before" = "$(main_pid)"

inside sh -c 'kill -9 $(systemctl show -p MainPID --value larder)'
expect 'after a crash it is back' until_true answers / 'page 8'

answers / 'page 8'
page=$(tail -1 "$work/answer")
expect 'it can be upgraded' inside apt-get install -y /root/upgrade.deb
expect 'and runs' until_true answers / 'page 8'
expect 'with the page that was cached before' test "$page" = "$(tail -1 "$work/answer")"
expect 'and its settings' inside grep -q '^root = /srv/site' /etc/larder/larder.ini

expect 'it can be removed' inside apt-get remove -y larder
expect 'and stops' not answers / .
expect 'but leaves its settings' inside test -f /etc/larder/larder.ini

inside systemd-run --quiet --unit=other systemd-socket-activate -l 80 /bin/true
expect 'where the port is taken it installs' inside sh -c 'apt-get install -y /root/larder.deb > /root/log 2>&1'
expect 'says so' inside grep -q 'not started' /root/log
expect 'says what to do' inside grep -q 'systemctl restart larder' /root/log
expect 'and leaves the other alone' inside systemctl --quiet is-active other

expect 'it can be purged' inside apt-get purge -y larder
expect 'nothing of it is left' inside sh -c '! ls -d /etc/larder /var/cache/larder /usr/bin/larder 2>/dev/null'
expect 'nor its user' inside sh -c '! getent passwd larder'
expect 'but the site is' inside test -f /srv/site/index.php

closing_line
