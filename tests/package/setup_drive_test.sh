#!/usr/bin/env bash
# setup_drive_test.sh [LARDER]: "larder setup-drive" with real programs on a real (loop) device: asked, set up, set up
# again, refused, killed at every step, killed at any time.
# Needs root and loop devices. It runs in a mount namespace of its own, with a copy of /etc, so that nothing of this
# machine changes; and as if systemd were not there, because that would mount in the namespace of the machine.
# Quotes keep words for other shells:
# shellcheck disable=SC2016
set -euo pipefail

if [[ ${1:-} != --inside ]]; then
  exec unshare --mount "$(readlink -f "$0")" --inside "$(readlink -f "${1:-build/larder}")"
fi

larder=$2
work=$(mktemp -d)
image=$work/drive
drive='' other=''

# shellcheck source=tests/package/expect.sh
. "$(dirname "$(readlink -f "$0")")/expect.sh"

clean_up() {
  local device
  cd /
  umount -q /srv/larder || true
  umount -q /home || true
  for device in "$drive" "$other"; do
    [[ -n $device ]] || continue
    partx -d "$device" 2>/dev/null || true
    losetup -d "$device" || true
  done
  umount -q /etc || true
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

# --- A machine that may be changed ------------------------------------------------------------------------------------

cp -a /etc "$work/etc"
mount --bind "$work/etc" /etc
getent passwd larder >/dev/null || {
  echo 'larder:x:987:987::/:/usr/sbin/nologin' >>/etc/passwd
  echo 'larder:x:987:' >>/etc/group
}
printf '# a table with a comment,\nproc\t/proc\tproc\tdefaults\t0\t0\n# and an end without newline' >/etc/fstab
cp /etc/fstab "$work/fstab"
printf '[site]\nroot = /srv/larder/site\n[cache]\npath = /srv/larder/cache\nsize = 64M\n' >/etc/larder.ini
mount -t tmpfs tmpfs /srv
[[ ! -d /run/systemd ]] || mount -t tmpfs tmpfs /run/systemd

# No room is taken: the image is sparse.
truncate -s 1100M "$image"
drive=$(losetup --find --show "$image")

# A new drive with photographs in its only partition.
fresh_drive() {
  mountpoint -q /srv/larder && umount /srv/larder
  partx -d "$drive" 2>/dev/null || true
  rm -rf /srv/larder
  cp "$work/fstab" /etc/fstab
  wipefs -qa "$drive" 2>/dev/null
  # MBR: one Linux partition from sector 2048, of 2,000,000 sectors.
  printf '\0\0\0\0\x83\0\0\0\0\x08\0\0\x80\x84\x1e\0' | dd of="$drive" bs=1 seek=446 conv=notrunc status=none
  printf '\x55\xaa' | dd of="$drive" bs=1 seek=510 conv=notrunc status=none
  partx -a "$drive"
  mkfs.ext4 -q -F -L PHOTOS "${drive}p1"
}

setup() { "$larder" setup-drive "$drive" --config /etc/larder.ini "$@"; }
setup_unasked() { setup --yes </dev/null; }
# answer WORD: to setup, on a terminal.
answer() { script -qec "$larder setup-drive $drive --config /etc/larder.ini" /dev/null <<<"$1"; }
# fails_with WORDS COMMAND...
fails_with() { says "$1" not "${@:2}"; }
says() {
  local status=0
  "${@:2}" >"$work/words" 2>&1 || status=$?
  cat "$work/words"
  ((!status)) && grep -qF -- "$1" "$work/words"
}

uuid() { blkid -p -o value -s UUID "$drive"; }
mode() { stat -c '%U:%G %a' "$1"; }
is_untouched() { [[ $(blkid -p -o value -s LABEL "${drive}p1") == PHOTOS ]] && cmp /etc/fstab "$work/fstab"; }
has_line() {
  { cat "$work/fstab" && echo && grep -x "UUID=$(uuid) /srv/larder ext4 .*nofail.*x-systemd.automount.* 0 2" /etc/fstab; } |
    cmp - /etc/fstab
}
is_mounted() { [[ $(findmnt -no SOURCE /srv/larder) == "$drive" ]]; }
is_set_up() {
  [[ $(blkid -p -o value -s TYPE "$drive") == ext4 && $(blkid -p -o value -s LABEL "$drive") == larder ]] &&
    has_line && is_mounted &&
    [[ $(mode /srv/larder) == 'root:root 755' && $(mode /srv/larder/site) == 'larder:larder 2775' ]] &&
    [[ $(mode /srv/larder/cache) == 'larder:larder 750' && $(mode /srv/larder/cache/ring) == 'larder:larder 600' ]] &&
    [[ $(ls /srv/larder) == $'cache\nlost+found\nsite' && -s /srv/larder/cache/ring ]]
}
as_larder() { setpriv --reuid=larder --regid=larder --clear-groups "$@"; }

# --- Asked, set up, set up again --------------------------------------------------------------------------------------

fresh_drive
expect 'it asks nobody where nobody is, and says so' fails_with '--yes erases unasked' setup </dev/null
expect 'it shows what is on the drive' grep PHOTOS "$work/words"
expect 'it takes no other answer than yes' fails_with 'nothing was changed' answer y
expect 'and has changed nothing' is_untouched
expect 'it takes a yes' says 'is ready on /srv/larder' answer yes
expect 'the drive is set up, with every owner and mode' is_set_up
expect 'the ini that has it all is left alone' grep -F 'has what it needs' "$work/words"
expect 'the site belongs to the service' as_larder touch /srv/larder/site/index.php
expect 'the service takes the ini' as_larder "$larder" check --quiet --config /etc/larder.ini
expect 'the file system is sound' sh -c 'umount /srv/larder && e2fsck -fn "$0" && mount /srv/larder' "$drive"

before=$(uuid)
echo 'hello' >/srv/larder/site/index.php
expect 'a second run erases nothing' says 'nothing is erased' setup_unasked
expect 'it is the same file system' test "$before" = "$(uuid)"
expect 'with what was on it' grep -qx hello /srv/larder/site/index.php
rm /srv/larder/site/index.php
expect 'and the same line' has_line
rm -r /srv/larder/site /srv/larder/cache/ring
cp "$work/fstab" /etc/fstab
umount /srv/larder
expect 'what is missing is made again' setup_unasked
expect 'as it was' is_set_up
begin_anew() {
  grep -F 'umount /srv/larder; wipefs' "$work/words" | sed 's/systemctl stop larder; //' >"$work/anew" && sh -e "$work/anew"
}
says 'nothing is erased' setup_unasked >/dev/null
expect 'the words of how to begin anew are a command' begin_anew
expect 'after which it begins anew' setup_unasked
expect 'as on the first day' is_set_up
expect 'with another file system' test "$before" != "$(uuid)"

# --- Refused ----------------------------------------------------------------------------------------------------------

fresh_drive
truncate -s 900M "$work/other"
other=$(losetup --find --show "$work/other")
on() { "$larder" setup-drive "$@" --yes --config /etc/larder.ini; }
expect 'it refuses a drive that is too small' fails_with 'at least 1.0 GB' on "$other"
expect 'and what is no drive' fails_with 'is no drive' on "$image"
expect 'and what is not there' fails_with 'No such file' on /dev/no-such-drive
expect 'and a caller who is not root' fails_with 'run it with sudo' as_larder "$larder" setup-drive "$drive" --yes
system=$(findmnt -no SOURCE /)
[[ ! -b $system ]] || expect 'and the drive of this system' fails_with 'that this system runs from (/' on "$system"
mount "${drive}p1" /home
expect 'and a drive whose partition is /home' fails_with 'that this system runs from (/home)' on "$drive"
umount /home
mkdir "$work/mnt"
mount "${drive}p1" "$work/mnt"
expect 'and one that is mounted' fails_with "first say \"umount $work/mnt\"" on "$drive"
umount "$work/mnt"
printf '\nLABEL=x /srv/larder ext4 defaults 0 0\n' >>/etc/fstab
expect 'and a folder that has its drive' fails_with 'which mounts something else' on "$drive"
cp "$work/fstab" /etc/fstab
losetup -d "$other"
losetup --read-only "$other" "$image"
expect 'and a drive that cannot be written' fails_with 'is read-only' on "$other"
losetup -d "$other"
other=''
mkdir /srv/larder
touch /srv/larder/site
expect 'and a folder with files' fails_with 'which the drive would hide' on "$drive"
expect 'none of which changed anything' is_untouched

fresh_drive
expect 'a partition can be set up' on "${drive}p1"
expect 'and the others stay' test "$(blkid -p -o value -s PTTYPE "$drive")" = dos

# --- Killed -----------------------------------------------------------------------------------------------------------

# kill_at PROGRAM WHEN: larder is killed when it runs the program: before or after that has done its work.
kill_at() {
  local program=$1 real=$work/real when=$2 path
  path=$(readlink -f "$(command -v "$program")")
  mkdir -p "$real"
  cp "$path" "$real/$program"
  printf '#!/bin/sh\n%s\nkill -9 $PPID\n' "$([[ $when == before ]] || printf '%q "$@"' "$real/$program")" >"$work/killer"
  chmod 755 "$work/killer"
  mount --bind "$work/killer" "$path"
  setup_unasked >"$work/words" 2>&1 || echo $? >"$work/code"
  umount --lazy "$path" # the killer may be about to end
}

for program in wipefs partx mkfs.ext4 tune2fs mount; do
  for when in before after; do
    fresh_drive
    rm -f "$work/code"
    kill_at "$program" "$when" 2>/dev/null
    expect "killed $when $program" grep -qx 137 "$work/code"
    expect 'and run again' until_true setup_unasked
    expect 'it comes out right' is_set_up
  done
done

# At whatever moment: right each time.
wrong=0
for hundredths in {02..60..2}; do
  fresh_drive
  # The shell would say that it was killed.
  { timeout --signal=KILL "0.$hundredths" "$larder" setup-drive "$drive" --yes --config /etc/larder.ini || true; } \
    </dev/null >/dev/null 2>&1
  { until_true setup_unasked && is_set_up; } >"$work/words" 2>&1 || {
    wrong=$((wrong + 1))
    cat "$work/words"
  }
done
expect 'killed at 30 other moments and run again it comes out right' test "$wrong" = 0

closing_line
