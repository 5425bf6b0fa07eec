# shellcheck shell=bash
# Packages: installs what is missing of a list, without starting what comes with it. Sourced by ./dev.

installed() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    command -v sudo >/dev/null || die "needs root for: $*   (there is no sudo here)"
    sudo "$@"
  fi
}

readonly POLICY=/usr/sbin/policy-rc.d

# Debian starts services as it installs them, and again at every boot; here only their programs are wanted. The policy
# file is ours only while we install, and services that came with this installation are switched off again.
install_quietly() {
  local policy_is_ours='' status=0
  if [[ ! -e $POLICY ]]; then
    as_root sh -c "printf '#!/bin/sh\nexit 101\n' > $POLICY && chmod 755 $POLICY"
    policy_is_ours=yes
  fi
  as_root apt-get update -q || say "apt-get update failed; going on with the package lists that are there"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" || status=$?
  [[ -z $policy_is_ours ]] || as_root rm -f "$POLICY"
  ((!status)) || die "apt-get could not install: $*"
}

services() {
  local unit
  for unit in /lib/systemd/system/{apache2,haproxy,mariadb,nginx,php*-fpm}.service; do
    [[ ! -e $unit ]] || basename "$unit"
  done | sort
}

# need LIST: installs what is missing of it, and says so.
need() {
  local name reason missing=() before new
  command -v dpkg-query >/dev/null || die "this is no Debian; install by hand what the lists in this script name"
  while read -r name reason; do
    [[ -z $name ]] || installed "$name" && continue
    ((${#missing[@]})) || say "Installing missing packages"
    printf '   %-34s %s\n' "$name" "$reason"
    missing+=("$name")
  done < <(printf '%s\n' "$1" | sort -u -k1,1)
  ((${#missing[@]})) || return 0
  before=$(services)
  install_quietly "${missing[@]}"
  new=$(comm -13 <(printf '%s\n' "$before") <(services))
  [[ -n $new ]] && command -v systemctl >/dev/null || return 0
  printf '   Not started, and not at boot: %s\n' "${new//$'\n'/ }"
  # shellcheck disable=SC2086  # several words
  as_root systemctl disable --quiet $new >/dev/null 2>&1 || true
}
