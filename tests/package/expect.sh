# shellcheck shell=bash
# What the tests of the package say and count. Sourced by them; $work is their folder.

passed=0 failed=0
: "${work:?}"

# expect WHAT COMMAND...: what a sceptic wants to see; its output is shown when it fails.
expect() {
  local what=$1
  shift
  if "$@" >"$work/out" 2>&1; then
    passed=$((passed + 1))
    printf 'ok      %s\n' "$what"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n' "$what"
    sed 's/^/        /' "$work/out"
  fi
}

# until_true COMMAND...: waits for it at most 30 s.
until_true() {
  local left=150
  until "$@" >/dev/null 2>&1; do
    ((left--)) || return 1
    sleep 0.2
  done
}

not() { ! "$@"; }

closing_line() {
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0))
}
