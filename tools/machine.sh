# shellcheck shell=bash
# The Debian that the machines of tests/package/ are copies of: systemd, SSH, a user as Raspberry Pi OS has one, and an
# archive of packages in it, because the machines have no network. Sourced by ./dev.

readonly MACHINE_PACKAGES=(systemd systemd-sysv dbus udev sudo openssh-server rsync curl procps tzdata)
readonly MACHINE_ARCHIVE=(php-fpm php-mysql php-gd php-xml php-mbstring haproxy nginx-light)

# machine_root PACKAGE: makes .dev/roots/machine, with what this package depends on in its archive.
machine_root() {
  local wanted stamp=.dev/roots/machine.archive
  debian_root machine bookworm "$(dpkg --print-architecture)" apt "${MACHINE_PACKAGES[@]}"
  wanted="${MACHINE_ARCHIVE[*]} $(dpkg-deb -f "$1" Depends | sed 's/([^)]*)//g; s/,/ /g')"
  [[ $stamp -ot .dev/roots/machine.made || $(cat "$stamp" 2>/dev/null) != "$wanted" ]] || return 0
  say "Its user, and its archive with $wanted"
  # shellcheck disable=SC2086 # several words
  in_root machine tests/package/furnish.sh $wanted >.dev/machine.log 2>&1 || {
    tail -20 .dev/machine.log >&2
    die 'no archive for the machines'
  }
  printf '%s' "$wanted" >"$stamp"
}
