#!/usr/bin/env bash
# make_images.sh ROOT KERNEL_ROOT PACKAGE OUT: what the emulated board is started with: vmlinuz, initramfs, board.dtb
# (for raspi3b), card.img (the armhf system with the package installed and set up for the stick) and stick.img (the
# site).
# As root, with programs of armhf runnable (binfmt_misc).
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
root=$(readlink -f "$1") kernel_root=$(readlink -f "$2") package=$3 out=$4
system=$out/system stick=$out/stick
version=$(basename "$kernel_root"/lib/modules/*)

unit() { cat >"$system/etc/systemd/system/$1"; }
enable() { ln -sf "${2:-../$1}" "$system/etc/systemd/system/multi-user.target.wants/$1"; }

install_package() {
  cp -a "$root" "$system"
  cp "$package" "$system/root/larder.deb"
  chroot "$system" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    dpkg -i /root/larder.deb
}

# What "larder setup-drive" and the user's editor do on a real board.
set_up_larder() {
  echo 'LABEL=larder /srv/larder ext4 noatime,nofail,x-systemd.automount,x-systemd.device-timeout=30s 0 2' \
    >"$system/etc/fstab"
  mkdir -p "$system/srv/larder"
  sed -i -e 's|^;root = .*|root = /srv/larder/site|' -e 's|^;path = .*|path = /srv/larder/cache|' \
    -e 's|^;stats_allow = *|stats_allow = 127.0.0.0/8 ::1 10.0.2.2|' "$system/etc/larder/larder.ini"
}

make_network() {
  cat >"$system/etc/systemd/network/10-board.network" <<'NETWORK'
[Match]
Name=e* usb*
[Network]
Address=10.0.2.15/24
Gateway=10.0.2.2
NETWORK
  enable systemd-networkd.service /lib/systemd/system/systemd-networkd.service
}

# A shell of root on port 2323 of the board, reached through a port on this machine's loopback only.
make_shell() {
  unit board-shell.socket <<'SOCKET'
[Socket]
ListenStream=2323
Accept=yes
SOCKET
  unit board-shell@.service <<'SERVICE'
[Service]
ExecStart=-/bin/bash
StandardInput=socket
StandardOutput=socket
StandardError=socket
Environment=HOME=/root
OOMScoreAdjust=-900
SERVICE
  mkdir -p "$system/etc/systemd/system/sockets.target.wants"
  ln -sf ../board-shell.socket "$system/etc/systemd/system/sockets.target.wants/"
}

# What only costs an emulated board time. PHP's own service is nothing that Larder needs: it runs its own.
switch_off() {
  local name
  for name in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
    fstrim.timer phpsessionclean.timer getty.target; do
    ln -sf /dev/null "$system/etc/systemd/system/$name"
  done
  for name in "$system"/lib/systemd/system/php*-fpm.service; do
    ln -sf /dev/null "$system/etc/systemd/system/$(basename "$name")"
  done
}

# The modules that the initramfs has loaded, once more for udev.
add_modules() {
  mkdir -p "$system/lib/modules"
  zcat "$out/initramfs" | (cd "$system" && cpio -id --quiet 'lib/modules/*')
}

make_stick() {
  local owner
  owner=$(awk -F: '$1 == "larder" { print $3 ":" $4 }' "$system/etc/passwd")
  mkdir -p "$stick/cache"
  cp -r "$here/site" "$stick/site"
  chown -R "$owner" "$stick/site" "$stick/cache"
  # Room for the ring of 8 GiB; only what is written takes room on this machine.
  mke2fs -q -t ext4 -m 0 -L larder -d "$stick" "$out/stick.img" 10G
}

rm -rf --one-file-system "$out"
mkdir -p "$out"
cp "$kernel_root/boot/vmlinuz-$version" "$out/vmlinuz"
cp "$kernel_root/usr/lib/linux-image-$version/broadcom/bcm2837-rpi-3-b.dtb" "$out/board.dtb"
"$here/make_initramfs.sh" "$kernel_root" "$out/initramfs"
install_package
set_up_larder
make_network
make_shell
switch_off
add_modules
echo larder-board >"$system/etc/hostname"
make_stick
# A power of two, as the emulated card reader wants it.
mke2fs -q -t ext4 -L card -d "$system" "$out/card.img" 2048M
rm -rf --one-file-system "$system" "$stick"
