# Sourced by the suites that are lists of commands: counts them in `passed` and `failed`. Needs `work`, a folder for what a command prints.

passed=0
failed=0

# try NAME COMMAND...: counts it, and shows what it printed when it failed.
try() {
  local name=$1
  shift
  if "$@" >"$work/last.log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED %s\n' "$name"
    tail -40 "$work/last.log"
  fi
}

finish() {
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
  exit
}
