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

# Only what starts no PHP: a process with threads that forks can hang in qemu-user, before its first system call.
# The whole program runs on the emulated board: ./dev board test.
readonly ARM_TESTS=(base arm cache server)

# arm_test ARCHITECTURE: builds in build-ARCHITECTURE and runs the unit tests.
arm_test() {
  local build=build-$1 cross=.dev/cross-$1.ini cpu name programs=()
  cpu=$(cpu_of "$1")
  room "$1"
  register_binfmt "$1"
  local run_in=(in_root "room-$1" env "QEMU_CPU=$cpu")
  say "Tests for $1, under qemu as $cpu"
  if [[ ! -f $build/build.ninja ]]; then
    "${run_in[@]}" sh -c "meson env2mfile --cross --debarch $1 -o $cross &&
      sed -i '/^\[properties\]/a needs_exe_wrapper = false' $cross &&
      meson setup --cross-file $cross $build -Dbuildtype=debugoptimized" >.dev/meson.log
  fi
  for name in "${ARM_TESTS[@]}" fastcgi; do programs+=("tests/$name/test_$name"); done
  "${run_in[@]}" ninja -C "$build" -j "$JOBS" "${programs[@]}" tests/support/fake_worker
  meson_test "$build" --timeout-multiplier 4 "${ARM_TESTS[@]}"
  meson_test "$build" --timeout-multiplier 4 "--test-args=~[forks]" fastcgi
  # The instructions that not all boards have.
  run_in=(in_root "room-$1" env QEMU_CPU=max)
  meson_test "$build" --timeout-multiplier 4 arm
}
