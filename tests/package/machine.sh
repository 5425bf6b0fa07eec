# shellcheck shell=bash
# Machines: containers with systemd as their first process, and a network of their own without a way out. Sourced by the
# tests of the package; $work is their folder. Needs root and systemd-container.

: "${work:?}"
declare -A supervisors=() leaders=() # process ids: of systemd-nspawn, and of the machine's own first process

# boot NAME ROOT OPTIONS...: starts a machine that is a copy of this Debian, as systemd-nspawn does with these options; see
# wait_for_boot. Its changes live in memory. It has a cgroup of its own: systemd-nspawn takes the one it is in.
boot() {
  # shellcheck disable=SC2016 # its words are for the inner shell
  unshare --mount bash -euc '
    name=$1 root=$2 layers=$3
    shift 3
    mkdir -p "$layers"
    mount -t tmpfs tmpfs "$layers"
    mkdir "$layers"/{changes,workdir,root}
    mount -t overlay -o "lowerdir=$root,upperdir=$layers/changes,workdir=$layers/workdir" overlay "$layers/root"
    umount -R -l /sys/fs/cgroup 2>/dev/null || true
    mount -t cgroup2 none /sys/fs/cgroup
    mkdir -p "/sys/fs/cgroup/larder-test-$name"
    echo $$ >"/sys/fs/cgroup/larder-test-$name/cgroup.procs"
    exec systemd-nspawn -q -D "$layers/root" --kill-signal=SIGRTMIN+3 --register=no --keep-unit --machine="larder-test-$name" \
      --hostname="$name" --console=read-only "$@" /opt/first' boot "$1" "$2" "$work/$1" "${@:3}" </dev/null >"$work/$1.console" 2>&1 &
  supervisors[$1]=$!
}

# The first child of systemd-nspawn is not yet the one that becomes the machine's init.
has_booted() {
  leaders[$1]=$(pgrep -P "${supervisors[$1]}" | head -1) && [[ -n ${leaders[$1]} ]] &&
    in_machine "$1" sh -c 'systemctl is-system-running | grep -Eq "running|degraded"'
}

wait_for_boot() {
  until_true has_booted "$1" || {
    cat "$work/$1.console"
    exit 1
  }
}

# in_machine NAME COMMAND...: as root.
in_machine() {
  nsenter -t "${leaders[$1]}" -m -p -u -i -C -n -r -w env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive "${@:2}"
}

power_off_all() {
  local name
  for name in "${!supervisors[@]}"; do in_machine "$name" systemctl poweroff >/dev/null 2>&1 || true; done
  for name in "${!supervisors[@]}"; do
    until_true not kill -0 "${supervisors[$name]}" || kill "${supervisors[$name]}" || true
    wait "${supervisors[$name]}" 2>/dev/null || true
  done
  unshare --mount sh -c 'mount -t cgroup2 none /mnt
    find /mnt/larder-test-* -depth -type d -exec rmdir {} +' 2>/dev/null || true
}
