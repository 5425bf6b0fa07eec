#!/usr/bin/env bash
# guide_test.sh PACKAGE ROOT: packaging/INSTALL.md as its reader goes through it. Every block of it is typed as it stands
# there, in its order, by the user pi at a terminal of the machine that the block's first line names; a block that is
# not expected here fails the test. ROOT is the Debian that the machines are copies of, see tests/package/furnish.sh.
# What a reader does between the blocks is here too: plug in a stick, have a site, have an nginx.
# Needs root, systemd-container and loop devices. The network has nothing but these machines.
# Quotes keep words for the shells of the machines:
# shellcheck disable=SC2016
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
if [[ ${1:-} != --inside ]]; then
  exec unshare --net --mount "$here/guide_test.sh" --inside "$(readlink -f "$1")" "$(readlink -f "$2")"
fi
package=$2 root=$3 guide=$here/../../packaging/INSTALL.md
architecture=$(dpkg-deb -f "$package" Architecture)
work=$(mktemp -d)
sticks=()

# shellcheck source=tests/package/expect.sh
. "$here/expect.sh"
# shellcheck source=tests/package/machine.sh
. "$here/machine.sh"

clean_up() {
  local stick
  power_off_all
  for stick in "${sticks[@]}"; do losetup -d "$stick" || true; done
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

# --- The blocks of the guide ------------------------------------------------------------------------------------------

# Block 7 becomes the files 07, its lines, and 07.where, what stands behind its opening fence: "sh pi1".
split_guide() {
  mkdir "$work/blocks"
  awk -v folder="$work/blocks" '
    /^```/ && inside { inside = 0; close(file); next }
    /^```/ { inside = 1; file = sprintf("%s/%02d", folder, ++number); print substr($0, 4) >(file ".where"); next }
    inside { print >file }' "$guide"
}

number=0 block=''
# take WHERE: the next block, which has to be for this kind and machine.
take() {
  local where
  number=$((number + 1))
  block=$work/blocks/$(printf %02d "$number")
  where=$(cat "$block.where" 2>/dev/null || echo nothing)
  [[ $where == "$1" ]] && return 0
  printf 'FAILED  block %d of the guide is for "%s"; this test expects one for "%s"\n' "$number" "$where" "$1" >&3
  failed=$((failed + 1))
  closing_line >&3
  exit 1
}

# types MACHINE [ANSWER]: the next block, and this to whatever it asks.
types() {
  take "sh $1"
  type_block "$@"
}
# The packages of the test are this machine's, those of the guide a Pi's.
type_block() {
  sed "s/_armhf/_$architecture/g" "$block" | in_machine "$1" sh -c 'cat >/tmp/block'
  as_pi "$1" timeout 600 script -qec 'sh -e /tmp/block' /dev/null <<<"${2:-}" | tee "$work/typed"
}
as_pi() { in_machine "$1" runuser -u pi -- env -C /home/pi HOME=/home/pi USER=pi "${@:2}"; }

# writes MACHINE: each line of the next block, in the place that the ini has for it.
writes() {
  take "ini $1"
  in_machine "$1" cat /etc/larder/larder.ini >"$work/ini"
  awk 'FNR == NR { if (/^\[/) section = $0; else if (NF) { wanted[section, $1] = $0; ++left } next }
    /^\[/ { section = $0 }
    { name = $1; sub(/^;/, "", name) }
    $2 == "=" && (section, name) in wanted { print wanted[section, name]; --left; next }
    { print }
    END { if (left) { print "the ini has no place for " left " of these"; exit 1 } }' "$block" "$work/ini" |
    in_machine "$1" sh -c 'cat >/etc/larder/larder.ini'
}

# shows MACHINE: what the next block types, it has to see, but for the numbers and the name of the board.
shows() {
  local line
  take "console $1"
  : >"$work/seen"
  while read -r line; do
    if [[ $line == '$ '* ]]; then
      as_pi "$1" sh -c "${line#??}" </dev/null | tr -d '\r' | alike >"$work/seen"
    else
      alike <<<"$line" | grep -qxFf - "$work/seen" || { echo "not seen: $line" && cat "$work/seen" && return 1; }
    fi
  done <"$block"
}
alike() { sed -E 's/^(X-Served-By: ).*/\1NAME/; s/[0-9]+/N/g'; }

# A command in the running text is one that a block has too.
prose_has_no_commands_of_its_own() {
  local command missing=0
  sed '/^```/,/^```/d' "$guide" | tr '\n' ' ' | grep -oE '`[^`]+`' | tr -d '`' |
    grep -E '^(sudo|larder|systemctl|journalctl|apt|apt-get|ssh|scp|rsync|curl|lsblk|dpkg|haproxy) ' >"$work/prose" || true
  while read -r command; do
    grep -qF -- "$command" "$work"/blocks/?? || { echo "in no block: $command" && missing=1; }
  done <"$work/prose"
  ((!missing))
}

# --- The machines -----------------------------------------------------------------------------------------------------

declare -A addresses=([desk]=192.0.2.9 [balancer]=192.0.2.10 [pi1]=192.0.2.11 [pi2]=192.0.2.12 [pi3]=192.0.2.13
  [old]=192.0.2.20)

start_machines() {
  local name
  ip link add larder type bridge
  ip link set larder up
  for name in "${!addresses[@]}"; do echo "${addresses[$name]} $name"; done >"$work/hosts"
  echo '127.0.0.1 localhost' >>"$work/hosts"
  # /dev/autofs: for automounts.
  for name in "${!addresses[@]}"; do
    boot "$name" "$root" --network-bridge=larder --bind-ro="$work/hosts:/etc/hosts" --bind=/dev/autofs
  done
  for name in "${!addresses[@]}"; do
    wait_for_boot "$name"
    nsenter -t "${leaders[$name]}" -n ip address add "${addresses[$name]}/24" dev host0
    nsenter -t "${leaders[$name]}" -n ip link set host0 up
  done
}

# plug_stick MACHINE: a loop device that this machine alone knows, as /dev/sda.
plug_stick() {
  local stick
  truncate -s 1100M "$work/$1.stick"
  stick=$(losetup --find --show "$work/$1.stick")
  sticks+=("$stick")
  in_machine "$1" sh -euc 'mknod "$0" b "$1" "$2"; ln -s "$0" /dev/sda
    udevadm trigger --action=add --settle "/sys/block/${0#/dev/}"' \
    "$stick" "$((0x$(stat -c %t "$stick")))" "$((0x$(stat -c %T "$stick")))"
}

# A site with a page of each kind that is looked at here.
furnish_desk() {
  in_machine desk sh -c 'mkdir /home/pi/dist; cat >/home/pi/dist/'"larder_0_$architecture.deb" <"$package"
  as_pi desk sh -euc 'mkdir -p mysite/wp-content/uploads; cd mysite
    echo "<?php echo \"page by \", \$_SERVER[\"SERVER_SOFTWARE\"], \" as \", posix_getpwuid(posix_geteuid())[\"name\"];" >index.php
    echo "<?php header(\"Cache-Control: no-store\"); echo \"for \", \$_SERVER[\"REMOTE_ADDR\"];" >who.php
    echo "<?php header(\"Cache-Control: no-store\");
      @mkdir(__DIR__ . \"/wp-content/uploads\");
      echo @file_put_contents(__DIR__ . \"/wp-content/uploads/a\", \"x\") ? \"kept\" : \"lost\";" >upload.php
    printf "pi1\npi2\npi3\n" >../rack'
}

# A server as it is found: nginx and Debian's pool, with the site.
furnish_old() {
  in_machine old apt-get install -q -y nginx-light php8.2-fpm >"$work/old.log" 2>&1
  as_pi desk scp -q -r mysite dist/"larder_0_$architecture.deb" pi@old:
  in_machine old sh -euc 'rm -r /var/www/html; cp -r /home/pi/mysite /var/www/html
    chown -R www-data: /var/www/html/wp-content/uploads
    cat >/etc/nginx/sites-available/default; systemctl restart nginx' <<'END'
server {
  listen 80 default_server;
  listen [::]:80 default_server;
  root /var/www/html;
  index index.php;
  location / { try_files $uri $uri/ /index.php?$args; }
  location ~ \.php$ { include snippets/fastcgi-php.conf; fastcgi_pass unix:/run/php/php8.2-fpm.sock; }
}
END
}

says() { as_pi desk curl -sS -i --max-time 10 "$1" | grep -i "$2"; } # HAProxy writes names of fields small
is_active() { in_machine "$1" systemctl --quiet is-active "$2"; }

# --- The reader -------------------------------------------------------------------------------------------------------

exec 3>&1
split_guide
start_machines
furnish_desk

expect 'every command stands in a block' prose_has_no_commands_of_its_own

expect 'the kernel is told to limit memory' types pi1
expect 'in its one line' in_machine pi1 sh -c 'test $(wc -l </boot/firmware/cmdline.txt) = 1 &&
  grep -q " rootwait cgroup_enable=memory psi=1$" /boot/firmware/cmdline.txt'
expect 'the Pi says its architecture, and gets the package' types desk
expect 'which is the one of the package' grep -q "^$architecture" "$work/typed"
expect 'the package installs' types pi1 y
expect 'and brings PHP' in_machine pi1 dpkg -s php-fpm
expect 'Larder works' until_true says http://pi1/ 'Larder works'
expect 'PHP has what WordPress wants' types pi1 y
plug_stick pi1
expect 'the stick is set up' types pi1 yes
expect 'and mounted' in_machine pi1 mountpoint -q /srv/larder
expect 'the site comes to the Pi' types desk
expect 'and to its place' types pi1
expect 'the ini says where' writes pi1
expect 'Larder takes it' types pi1
expect 'PHP answers' until_true says http://pi1/upload.php kept
expect 'the second answer is a hit, and all looks as in the guide' shows desk
expect 'the ring is on the stick' in_machine pi1 test -s /srv/larder/cache/ring
expect 'its state and its journal can be read' types pi1
expect 'they say that it listens' grep -q 'listening on' "$work/typed"

expect 'the balancer gets HAProxy and its example' types balancer y
expect 'HAProxy takes it' types balancer
expect 'the balancer answers' until_true says http://balancer/ 'page by larder'
expect 'but its visitors are strangers to PHP' says http://balancer/who.php 'for 192.0.2.10'
expect 'the ini says who is trusted' writes pi1
expect 'Larder starts anew' types pi1
expect 'and tells PHP who is there' until_true says http://balancer/who.php 'for 192.0.2.9'

furnish_old
expect 'nginx has a site' says http://old/ 'page by nginx.* as www-data'
expect 'the package installs beside it' types old y
expect 'and says that it did not start' grep -q 'not started' "$work/typed"
expect 'the ini names another port' writes old
expect 'Larder runs beside nginx' types old
expect 'and answers' grep -q 'HTTP/1.1 200' "$work/typed"
expect 'with its own PHP' says http://old:8080/ 'page by larder.* as larder'
expect 'which can keep an upload' says http://old:8080/upload.php kept
expect 'the ini names the pool of nginx' writes old
expect 'Larder takes that' types old
expect 'and answers again' grep -q 'HTTP/1.1 200' "$work/typed"
expect 'with the old PHP' says http://old:8080/upload.php kept
expect 'as its user' in_machine old sh -c 'test $(stat -c %U /var/www/html/wp-content/uploads/a) = www-data'
expect 'nginx serves as before' says http://old/ 'page by nginx.* as www-data'
expect 'the port changes hands' types old
expect 'and Larder serves' until_true says http://old/ 'page by larder'
expect 'nothing listens on the other port' not says http://old:8080/ .
expect 'there is a way back' types old
expect 'and nginx serves' until_true says http://old/ 'page by nginx.* as www-data'
expect 'and keeps an upload' says http://old/upload.php kept
expect 'while Larder is gone' not is_active old larder

expect 'the first Pi is the pattern' types desk
plug_stick pi2
plug_stick pi3
expect 'the rack is set up' types desk
expect 'all of it' not grep -q 'is not done' "$work/typed"
for pi in pi1 pi2 pi3; do
  expect "$pi answers under its name" until_true says "http://$pi/" "^X-Served-By: $pi"
  expect "and keeps its pages on its stick" in_machine "$pi" sh -c 'mountpoint -q /srv/larder && test -s /srv/larder/cache/ring'
done
before=$(in_machine pi2 blkid -o value -s UUID /dev/sda)
expect 'the loop can be run again' type_block desk
expect 'and has nothing to complain' not grep -q 'is not done' "$work/typed"
expect 'nor to erase' test "$before" = "$(in_machine pi2 blkid -o value -s UUID /dev/sda)"
expect 'the site goes to all' types desk
expect 'pi3 has it' until_true says http://pi3/upload.php kept
expect 'it can be sent again' type_block desk
expect 'and the uploads stay' in_machine pi3 test -f /srv/larder/site/wp-content/uploads/a
expect 'the balancer has the second Pi too' until_true says http://balancer/who.php '^X-Served-By: pi2'

expect 'it can be removed' types pi1 y
expect 'but its settings and the cache stay' in_machine pi1 test -f /etc/larder/larder.ini -a -s /srv/larder/cache/ring
expect 'it can be purged' types pi1 y
expect 'and its settings go' not in_machine pi1 test -e /etc/larder
expect 'but neither site nor stick' in_machine pi1 sh -c 'mountpoint -q /srv/larder && test -f /srv/larder/site/index.php'

expect 'every block of the guide has been typed' test "$number" = "$(find "$work/blocks" -name '*.where' | wc -l)"

closing_line
