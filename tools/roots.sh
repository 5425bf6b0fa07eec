# shellcheck shell=bash
# Roots: trees of another Debian under .dev/roots, made by mmdebstrap from the archive that this machine's apt uses.
# Sourced by ./dev.
#
# Nothing of them touches this machine's own dpkg. The archive "main" alone: security indexes of foreign architectures
# are not to be had everywhere.

readonly ROOT_PACKAGES='
mmdebstrap            other Debians, for packages and tests
arch-test             tells mmdebstrap that this machine runs programs of armhf'

debian_archive() {
  local file
  for file in /etc/apt/sources.list.d/*.sources /etc/apt/sources.list; do
    [[ ! -f $file ]] || sed -nE 's/^URIs: *([^ ]+).*/\1/p; s/^deb (\[[^]]*\] )?(http[^ ]+) .*/\2/p' "$file"
  done | grep -v security | head -1
}

# debian_root NAME SUITE ARCHITECTURES VARIANT PACKAGES...: makes .dev/roots/NAME unless it is there, made the same way.
# The first architecture is the one whose programs it is run with; packages of another are named "package:arch".
# Variant: see mmdebstrap(1); "extract" runs no maintainer script, so it needs nothing of the architecture.
debian_root() {
  local name=$1 suite=$2 architectures=$3 variant=$4 archive root=.dev/roots/$1 packages made
  shift 4
  packages=$(IFS=, && echo "$*")
  made="$suite $architectures $variant $packages"
  [[ $(cat "$root.made" 2>/dev/null) != "$made" ]] || return 0
  need "$ROOT_PACKAGES"
  archive=$(debian_archive)
  [[ -n $archive ]] || die 'no archive of Debian in the sources of apt'
  mkdir -p .dev/roots
  remove_root "$name"
  say "A Debian $suite for $architectures in $root"
  as_root mmdebstrap --quiet --variant="$variant" --architectures="$architectures" --include="$packages" "$suite" "$root" \
    "deb $archive $suite main" >&2 || die "mmdebstrap could not make $root"
  printf '%s' "$made" >"$root.made"
}

# Only the tree itself: something may be mounted in it.
remove_root() {
  rm -f ".dev/roots/$1.made"
  [[ ! -e .dev/roots/$1 ]] || as_root rm -rf --one-file-system ".dev/roots/$1"
}

# in_root NAME COMMAND...: runs it there as root, with this folder as /larder and as working directory. What it mounts
# is gone with it.
in_root() {
  local root=$PWD/.dev/roots/$1
  shift
  # shellcheck disable=SC2016  # its words are for the inner shell
  as_root unshare --mount bash -euc '
    root=$0 source=$1
    shift
    mkdir -p "$root/larder"
    mount --bind "$source" "$root/larder"
    touch "$root/etc/hosts"
    mount --bind /etc/hosts "$root/etc/hosts"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/tmp"
    exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 JOBS='"$JOBS"' \
      sh -c "cd /larder && exec \"\$@\"" sh "$@"' "$root" "$PWD" "$@"
}
