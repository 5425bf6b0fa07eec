# shellcheck shell=bash
# PHP 7.4 beside the machine's own: the programs of Debian 11 with their own libraries, and the tests that run with
# them. Sourced by ./dev.
#
# Debian 12's php-common does not let php7.4 in, so its packages are only unpacked (see roots.sh). The two programs in
# .dev/php74 start through the loader of that tree, with host paths and no chroot: PHP's files are the tree's, the
# site's and the tests' are the machine's.

readonly PHP74_PACKAGES=(php7.4-fpm php7.4-cli php7.4-gd php7.4-intl php7.4-mbstring php7.4-mysql php7.4-opcache php7.4-sqlite3
  php7.4-xml)

# php74_program ROOT PROGRAM NAME: makes .dev/php74/NAME, which runs that program of the tree.
php74_program() {
  local root=$1 libraries triplet
  libraries=$(echo "$root"/lib/*-linux-gnu*)
  triplet=${libraries##*/}
  cat >".dev/php74/$3" <<TEXT
#!/bin/sh
export PHPRC='$PWD/.dev/php74'
export PHP_INI_SCAN_DIR='$PWD/.dev/php74/modules'
exec '$(echo "$libraries"/ld-2*.so)' --inhibit-cache --library-path '$libraries:$root/usr/lib/$triplet' \\
  '$root/$2' "\$@"
TEXT
  chmod +x ".dev/php74/$3"
}

# php74: makes .dev/php74/php-fpm7.4 and .dev/php74/php.
php74() {
  local root=$PWD/.dev/roots/php74 ini priority
  debian_root php74 bullseye "$(dpkg --print-architecture)" extract "${PHP74_PACKAGES[@]}"
  rm -rf .dev/php74
  mkdir -p .dev/php74/modules
  # As Debian's own maintainer scripts would: the settings for production, every module in its turn.
  {
    cat "$root/usr/lib/php/7.4/php.ini-production"
    printf '\nextension_dir = "%s"\n' "$root"/usr/lib/php/2*
  } >.dev/php74/php.ini
  for ini in "$root"/usr/share/php7.4-*/*/*.ini; do
    priority=$(sed -n 's/^; priority=//p' "$ini")
    cp "$ini" ".dev/php74/modules/${priority:-20}-$(basename "$ini")"
  done
  php74_program "$root" usr/sbin/php-fpm7.4 php-fpm7.4
  php74_program "$root" usr/bin/php7.4 php
}

# php74_tests [FILTER]: runs the tests of build/ with a real PHP 7.4: first as a php-fpm of Larder's own, then as a pool
# of somebody else. For the second there is nothing in the tests of [managed], nor in those of fastcgi/, which start
# their php-fpm as Larder does.
php74_tests() {
  local filter=${1:-.} managed=() external=()
  local -x LARDER_TEST_PHP=$PWD/.dev/php74/php-fpm7.4 PATH=$PWD/.dev/php74:$PATH LARDER_TEST_PHP_POOL=managed
  php74
  mapfile -t managed < <(tests_matching '^(scenario_.*|fastcgi)$' | grep -E -- "$filter")
  mapfile -t external < <(printf '%s\n' "${managed[@]}" | grep '^scenario_')
  ((${#managed[@]})) || die "no test with PHP matches \"$filter\""
  say "PHP 7.4, run by Larder"
  meson_test build "${managed[@]}"
  ((${#external[@]})) || return 0
  say "PHP 7.4, a pool of somebody else"
  LARDER_TEST_PHP_POOL=external
  meson_test build --test-args='~[managed]' "${external[@]}"
}
