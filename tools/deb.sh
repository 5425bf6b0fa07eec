# shellcheck shell=bash
# The Debian package of Larder, and its test in a container. Sourced by ./dev.

readonly DEB_PACKAGES="$BUILD_PACKAGES
debhelper             packages
dpkg-dev              packages
lintian               checks of the packages"

readonly DEB_TEST_PACKAGES='
systemd-container     the machines that it runs in
iproute2              their network'

# deb [ARCHITECTURE]: for another than this machine's it is made in a room of that architecture.
# The packaging wants its folder beside the sources, so it gets a copy of both.
deb() {
  local own architecture stage=.dev/deb/larder
  local make=(dpkg-buildpackage --build=binary --unsigned-changes --unsigned-source "--jobs=$JOBS")
  need "$DEB_PACKAGES"
  own=$(dpkg --print-architecture)
  architecture=${1:-$own}
  say "Package for $architecture"
  [[ ! -e .dev/deb ]] || as_root rm -rf .dev/deb
  mkdir -p "$stage" dist
  git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$stage"
  mv "$stage/packaging/debian" "$stage/debian"
  if [[ $architecture == "$own" ]]; then
    (cd "$stage" && "${make[@]}") >.dev/deb/build.log 2>&1
  else
    room "$architecture"
    make+=("--host-arch=$architecture" "--build-profiles=cross,nocheck")
    in_root "room-$architecture" sh -c "cd $stage && ${make[*]}" >.dev/deb/build.log 2>&1
  fi || { tail -40 .dev/deb/build.log >&2 && die 'no package; the whole story is in .dev/deb/build.log'; }
  lintian --allow-root --fail-on error,warning --info .dev/deb/*.changes || die 'lintian has complaints'
  rm -f "dist/larder_"*"_$architecture.deb"
  cp .dev/deb/larder_*.deb dist/
  ls -1 dist/*.deb
}

# Packages of all architectures are made; the one of this machine is lived with.
deb_test() {
  local own architecture package
  own=$(dpkg --print-architecture)
  need "$DEB_TEST_PACKAGES"
  for architecture in amd64 arm64 armhf; do deb "$architecture"; done
  package=$(echo dist/larder_*_"$own".deb)
  machine_root "$package"
  count_script as_root tests/package/install_test.sh "$package" .dev/roots/machine
  count_script as_root tests/package/guide_test.sh "$package" .dev/roots/machine
  rm -rf .dev/deb-test
  dpkg-deb -x "$package" .dev/deb-test
  count_script as_root tests/package/setup_drive_test.sh .dev/deb-test/usr/bin/larder
}
