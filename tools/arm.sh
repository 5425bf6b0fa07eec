# shellcheck shell=bash
# ARM without a board: cross-building in a room of the architecture, and its unit tests under qemu. Sourced by ./dev.
#
# A room is a Debian root of this machine's architecture with the cross compiler and the libraries of one other beside
# it, so that dpkg knows them all. (libjemalloc-dev of two architectures cannot be installed together: one room each.)

readonly ARM_PACKAGES='
qemu-user-static      runs programs of ARM'

readonly ROOM_TOOLS=(build-essential debhelper dpkg-dev meson ninja-build python3 qemu-user php-fpm php-cli
  catch2 libcli11-dev nlohmann-json3-dev)
readonly ROOM_LIBRARIES=(libcurl4-openssl-dev libfcgi-dev libfmt-dev libjemalloc-dev libmicrohttpd-dev libsystemd-dev
  libxxhash-dev pkg-config)

# The processor whose instructions may be used: that of a Pi 2, and of a Pi 3.
cpu_of() {
  case $1 in
    armhf) echo cortex-a7 ;;
    arm64) echo cortex-a53 ;;
    *) die "no such board: \"$1\" (armhf or arm64)" ;;
  esac
}

room() {
  local own
  own=$(dpkg --print-architecture)
  cpu_of "$1" >/dev/null
  debian_root "room-$1" bookworm "$own,$1" apt "crossbuild-essential-$1" "${ROOM_TOOLS[@]}" \
    "${ROOM_LIBRARIES[@]/%/:$1}"
}

# Programs of the architecture start other programs of it, so the kernel must know who runs them.
register_binfmt() {
  local registry=/proc/sys/fs/binfmt_misc name=${1/armhf/arm}
  name=qemu-${name/arm64/aarch64}
  need "$ARM_PACKAGES"
  [[ -e $registry/register ]] || as_root mount -t binfmt_misc binfmt_misc $registry
  [[ -e $registry/$name ]] || grep -h '^:' "/usr/lib/binfmt.d/$name.conf" | as_root tee $registry/register >/dev/null
}
