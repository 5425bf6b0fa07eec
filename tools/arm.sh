# shellcheck shell=bash
# ARM without a board: cross-building in a room of the architecture, and its unit tests under qemu. Sourced by ./dev.
#
# A room is a Debian root of this machine's architecture with the cross compiler and the libraries of one other beside
# it, so that dpkg knows them all. (libjemalloc-dev of two architectures cannot be installed together: one room each.)

readonly ARM_PACKAGES='
qemu-user-static      runs programs of ARM'

readonly ROOM_TOOLS=(build-essential debhelper dpkg-dev meson ninja-build python3 qemu-user php-fpm php-cli
  wrk catch2 libcli11-dev nlohmann-json3-dev)
readonly ROOM_LIBRARIES=(libblkid-dev libbrotli-dev libcurl4-openssl-dev libdeflate-dev libfcgi-dev libfmt-dev
  libjemalloc-dev libmicrohttpd-dev libsystemd-dev libxxhash-dev pkg-config)

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

# arm_build ARCHITECTURE TARGETS...: in build-ARCHITECTURE.
arm_build() {
  local architecture=$1 build=build-$1 cross=.dev/cross-$1.ini
  shift
  room "$architecture"
  register_binfmt "$architecture"
  if [[ ! -f $build/build.ninja ]]; then
    in_root "room-$architecture" sh -c "meson env2mfile --cross --debarch $architecture -o $cross &&
      sed -i '/^\[properties\]/a needs_exe_wrapper = false' $cross &&
      meson setup --cross-file $cross $build -Dbuildtype=debugoptimized" >.dev/meson.log
  fi
  in_root "room-$architecture" ninja -C "$build" -j "$JOBS" "$@"
}

# Only what starts no PHP: a process with threads that forks can hang in qemu-user, before its first system call.
# The whole program runs on the emulated board: ./dev board test.
readonly ARM_TESTS=(base arm cache drive server)

# arm_test ARCHITECTURE: the unit tests.
arm_test() {
  local cpu name programs=()
  cpu=$(cpu_of "$1")
  say "Tests for $1, under qemu as $cpu"
  for name in "${ARM_TESTS[@]}" fastcgi; do programs+=("tests/$name/test_$name"); done
  arm_build "$1" "${programs[@]}" tests/support/fake_worker
  emulated_test "$1" "$cpu" "${ARM_TESTS[@]}"
  emulated_test "$1" "$cpu" "--test-args=~[forks]" fastcgi
  emulated_test "$1" max arm # the instructions that not all boards have
  # The kernel of a Pi 5 has pages of 16 KiB.
  [[ $1 != arm64 ]] || QEMU_PAGESIZE=16384 emulated_test "$1" cortex-a72 arm cache
}

emulated_test() {
  # shellcheck disable=SC2034  # meson_test reads it
  local run_in=(in_root "room-$1" env "QEMU_CPU=$2" "QEMU_PAGESIZE=${QEMU_PAGESIZE:-4096}")
  meson_test "build-$1" --timeout-multiplier 4 "${@:3}"
}

# bench_arm [ARGUMENTS]: the program of the package beside nginx of the same Debian.
bench_arm() {
  local made=.dev/bench-arm
  deb armhf
  debian_root armhf bookworm armhf extract nginx-light libblkid1 libbrotli1 libdeflate0 libfmt9 \
    libmicrohttpd12 libjemalloc2 libsystemd0 libstdc++6
  arm_build armhf tests/support/fake_worker
  rm -rf "$made"
  mkdir -p "$made"
  dpkg-deb -x dist/larder_*_armhf.deb "$made"
  in_root room-armhf gcc -O2 -fPIC -shared -o "$made/insn_counter.so" bench/insn_counter.c
  in_root room-armhf bench/arm_cost.py --root .dev/roots/armhf --larder "$made/usr/bin/larder" \
    --plugin "$made/insn_counter.so" --worker build-armhf/tests/support/fake_worker "$@"
}
