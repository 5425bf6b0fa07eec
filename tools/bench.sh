# shellcheck shell=bash
# The benchmarks of bench/, by name. Sourced by ./dev, which has the packages of a build.
# shellcheck disable=SC2154  # BUILD_PACKAGES and JOBS are of ./dev

readonly BENCH_PACKAGES="$BUILD_PACKAGES
catch2                the fake PHP worker of the tests
libcurl4-openssl-dev  the fake PHP worker of the tests
nginx-light           what Larder is compared with
wrk                   load
varnish               what Larder is compared with
iproute2              the line of 100 Mbit/s
strace                makes a stick hang, and shows where it is written
python3               measures"

readonly LAUNCH_DAY_PACKAGES="rsync                 the file synchronisation
util-linux            the core of the server, and that of the visitors"

# bench_page SCRIPT: what sends a WordPress page. tc and varnishd lie where only root looks.
bench_page() {
  local script=$1
  shift
  need "$BENCH_PACKAGES"
  setup build -Dbuildtype=debugoptimized -Dtests=true
  ninja -C build -j "$JOBS" server/larder tests/support/fake_worker bench/bare_server
  ln -sfn server/larder build/larder
  PATH=$PATH:/usr/sbin:/sbin "bench/$script.py" --build build "$@"
}

bench() {
  local what=${1:-hit}
  (($# == 0)) || shift
  case $what in
    hit)
      need "$BENCH_PACKAGES"
      setup build -Dbuildtype=debugoptimized -Dtests=true
      ninja -C build -j "$JOBS" server/larder tests/support/fake_worker
      ln -sfn server/larder build/larder
      bench/hit_cost.py --build build "$@"
      ;;
    overload | crowd)
      need "$BENCH_PACKAGES"
      setup build -Dbuildtype=debugoptimized -Dtests=true
      ninja -C build -j "$JOBS" server/larder tests/support/fake_worker
      "bench/$what.py" --build build "$@"
      ;;
    ring) bench_stick ring_wear "$@" ;;
    index) bench_stick index_cost "$@" ;;
    recovery) bench_stick ring_recovery "$@" ;;
    hang) bench_stick ring_hang "$@" ;;
    page) bench_page page_cost "$@" ;;
    save)
      build_with_tests
      LARDER=$PWD/build/server/larder build/tests/scenario/scenario_wordpress_purge "[.measure]"
      ;;
    wire) bench_page wire "$@" ;;
    launch_day)
      need "$TEST_PACKAGES"$'\n'"$LAUNCH_DAY_PACKAGES"
      setup build -Dbuildtype=debugoptimized -Dtests=true
      ninja -C build -j "$JOBS" server/larder
      as_root env PATH="$PATH:/usr/sbin:/sbin" bench/launch_day.py --build build "$@"
      ;;
    arm) bench_arm "$@" ;;
    *) die "no benchmark \"$what\"; there are: hit overload crowd page save wire ring index recovery hang launch_day arm" ;;
  esac
}

# Those of the page store; they need root for loop devices and for strace.
bench_stick() {
  local name=$1
  shift
  need "$BENCH_PACKAGES"
  setup build -Dbuildtype=debugoptimized -Dtests=true
  ninja -C build -j "$JOBS" server/larder tests/support/fake_worker bench/{index_cost,lookup_cost,full_ring,told_load}
  as_root "bench/$name.py" --build build "$@"
}
