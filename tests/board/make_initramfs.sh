#!/usr/bin/env bash
# make_initramfs.sh KERNEL_ROOT OUT: the initramfs of the emulated board. Debian's kernel has the drivers of the card,
# the stick and the network as modules, so they are loaded here, before the root that root= names.
set -euo pipefail

kernel_root=$(readlink -f "$1") out=$2
version=$(basename "$kernel_root"/lib/modules/*)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# virt, then raspi3b.
modules=(virtio_pci virtio_blk virtio_net crc32c_generic ext4 autofs4 xhci_pci sd_mod usb-storage
  mmc_block sdhci-iproc bcm2835 phy-generic dwc2 cdc_ether cdc_subset rndis_host)

# Files of the modules and of all that they need.
module_files() {
  local module
  for module in "${modules[@]}"; do
    # A name that this kernel has built in, or no longer has, is no module.
    /sbin/modprobe -d "$kernel_root" -S "$version" --show-depends "$module" 2>/dev/null |
      awk '$1 == "insmod" { print $2 }' || true
  done | sort -u
}

# Unpacked only, the kernel has no list of what its modules need.
[[ -e $kernel_root/lib/modules/$version/modules.dep ]] || /sbin/depmod -b "$kernel_root" "$version"
mkdir -p "$tree"/{bin,proc,sys,dev,root,"lib/modules/$version"}
cp "$kernel_root/bin/busybox" "$tree/bin/"
module_files | while read -r file; do
  install -D -m 644 "$file" "$tree/lib/modules/$version/${file#*"/lib/modules/$version/"}"
done
cp "$kernel_root/lib/modules/$version"/modules.{order,builtin,builtin.modinfo} "$tree/lib/modules/$version/"
/sbin/depmod -b "$tree" "$version"

cat >"$tree/init" <<INIT
#!/bin/busybox sh
/bin/busybox mkdir -p /sbin /usr/bin /usr/sbin
/bin/busybox --install -s
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in ${modules[*]}; do modprobe \$module 2>/dev/null; done
INIT
cat >>"$tree/init" <<'INIT'
for word in $(cat /proc/cmdline); do
  case $word in root=*) root=${word#root=} ;; esac
done
tries=0
while [ ! -b "$root" ] && [ $tries -lt 120 ]; do
  sleep 0.5
  tries=$((tries + 1))
done
mount -t ext4 -o rw,noatime "$root" /root || { echo "initramfs: no root on $root"; poweroff -f; }
umount /proc /sys
mount --move /dev /root/dev
exec switch_root /root /sbin/init
INIT
chmod 755 "$tree/init"
(cd "$tree" && find . | cpio -o -H newc --quiet | gzip -1) >"$out"
