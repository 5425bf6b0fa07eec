# shellcheck shell=bash
# The emulated board: 1 GiB, four Cortex-A53, a stick; with the armhf package on it. Sourced by ./dev.
# What is made lies under .dev/board; what happens on it is told by tests/board.

readonly BOARD_PACKAGES='
cpio                  initramfs of the board
e2fsprogs             SD card and stick of the board
kmod                  modules of its kernel
python3               talks to the board
qemu-system-arm       the board'

# Beside what the package depends on.
readonly BOARD_SYSTEM=(curl dbus e2fsprogs iproute2 kmod php-fpm procps systemd systemd-sysv udev)

board_root() {
  local packages
  mapfile -t packages < <({
    printf '%s\n' "${BOARD_SYSTEM[@]}"
    dpkg-deb -f "$1" Depends | tr , '\n' | sed 's/(.*)//; s/|.*//; s/ //g'
  } | LC_ALL=C sort -u)
  register_binfmt armhf
  debian_root board bookworm armhf apt "${packages[@]}"
}

# The package that is there, unless something that goes into it is newer.
board_package() {
  local found=(dist/larder_*_armhf.deb)
  if [[ -e ${found[0]} && -z $(git ls-files -z -- . ':!tests' ':!bench' ':!tools' ':!dev' ':!.ci' ':!*.md' |
    xargs -0 -I{} find {} -newer "${found[0]}") ]]; then return 0; fi
  deb armhf
}

# The images, made anew when the package or what makes them has changed.
board_images() {
  local package made=.dev/board/images.made now
  need "$BOARD_PACKAGES"
  board_package
  package=$(echo dist/larder_*_armhf.deb)
  debian_root kernel bookworm arm64 extract linux-image-arm64 busybox-static
  board_root "$package"
  now=$(cat "$package" .dev/roots/{board,kernel}.made tests/board/*.sh tests/board/site/* | sha256sum)
  [[ $(cat $made 2>/dev/null) != "$now" ]] || return 0
  say "Images of the board in .dev/board/images"
  mkdir -p .dev/board
  rm -f $made
  as_root tests/board/make_images.sh .dev/roots/board .dev/roots/kernel "$package" .dev/board/images \
    >.dev/board/images.log 2>&1 || { tail -20 .dev/board/images.log >&2 && die 'no images of the board'; }
  printf '%s' "$now" >$made
}

# board [test] [MODEL]
board() {
  local program=run_board.py
  if [[ ${1:-} == test ]]; then
    program=board_test.py
    shift
  fi
  [[ ${1:-virt} == virt || $1 == raspi3b ]] || die "no such board: \"$1\" (virt or raspi3b)"
  [[ $program == run_board.py ]] || promise_closing_line
  board_images
  trap - EXIT
  exec python3 -B "tests/board/$program" .dev/board/images "${1:-virt}"
}
