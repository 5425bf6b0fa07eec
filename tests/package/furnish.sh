#!/bin/sh
# furnish.sh PACKAGES...: makes a Debian into what the machines of these tests are copies of; run inside it, as root,
# with a network. The packages, with all they need and recommend, become an archive under /opt/archive, from which apt
# installs without a network.
set -eu

# The user pi, as on Raspberry Pi OS; with one key, that opens the same user of every machine.
id pi >/dev/null 2>&1 || useradd --create-home --shell /bin/bash --groups adm pi
echo 'pi ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/010_pi-nopasswd
mkdir -p /home/pi/.ssh
[ -f /home/pi/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N '' -f /home/pi/.ssh/id_ed25519
cp /home/pi/.ssh/id_ed25519.pub /home/pi/.ssh/authorized_keys
echo 'StrictHostKeyChecking accept-new' >/home/pi/.ssh/config
chown -R pi: /home/pi/.ssh
chmod -R go= /home/pi/.ssh

# The first process of a machine. systemd and udev look after drives only where /sys can be written to and udev seems to
# run; of all drives only those are to be looked at that a test plugs in.
cat >/opt/first <<'END'
#!/bin/sh
for part in /sys /sys/devices; do mount -o remount,rw "$part"; done
mkdir -p /run/udev && touch /run/udev/control
exec /lib/systemd/systemd
END
chmod 755 /opt/first
ln -sf /dev/null /etc/systemd/system/systemd-udev-trigger.service
rm -f /etc/hostname # each has its own

mkdir -p /boot/firmware
echo 'console=serial0,115200 console=tty1 root=PARTUUID=4e639091-02 rootfstype=ext4 fsck.repair=yes rootwait' \
  >/boot/firmware/cmdline.txt

archive=/opt/archive
mkdir -p "$archive"
[ -f /etc/apt/sources.list.debian ] || cp /etc/apt/sources.list /etc/apt/sources.list.debian
cp /etc/apt/sources.list.debian /etc/apt/sources.list
apt-get update -q
apt-get install -q -y --download-only -o "Dir::Cache::archives=$archive" "$@"
# The index that apt wants of an archive.
cd "$archive"
rm -rf partial lock
for package in *.deb; do
  dpkg-deb -f "$package"
  printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$package" "$(stat -c %s "$package")" \
    "$(sha256sum "$package" | cut -d' ' -f1)"
done >Packages
echo "deb [trusted=yes] file:$archive ./" >/etc/apt/sources.list
apt-get update -q
