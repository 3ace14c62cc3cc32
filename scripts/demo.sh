#!/usr/bin/env bash
# Usage: scripts/demo.sh [--no-install] [--help]
#
# Shows Gannet at work on a fresh machine: installs what is missing (C compiler, CMake, liburing,
# JDK, Maven; through the system's package manager, with sudo when not root), builds, starts a
# server and a client, and lets them talk. Nothing needs to be typed.
#
#   --no-install  install nothing; say what is missing and exit with status 1 when something is.
#   --help        this text.
#
# BACKEND and LOOPS are passed on to the server; see scripts/example.sh.

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
. "$(dirname "${BASH_SOURCE[0]}")/lib/setup.sh"

install=yes
for argument in "$@"; do
  case "$argument" in
    --no-install) install=no ;;
    --help | -h) help_text; exit 0 ;;
    *) die "unknown option $argument; see --help" ;;
  esac
done

gn_setup "$install" cc cmake make liburing jdk maven
gn_find_java_home
cd "$GN_ROOT"

step "building with $(mvn -v 2>/dev/null | sed -n 's/^[^A-Z]*\(Apache Maven [0-9.]*\).*/\1/p' |
  head -n 1) and JDK $(gn_jdk_major "$JAVA_HOME") (the first build also fetches Maven's plugins)"
log="$(mktemp)"
server_out="$(mktemp)"
server=""
clean_up() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -f "$log" "$server_out"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# A stranger's compiler may know warnings that ours does not; the demo is no place to meet them.
if ! GN_WERROR=OFF mvn -B -DskipTests test-compile >"$log" 2>&1; then
  cat "$log" >&2
  die "the build failed; its output is above"
fi

step "starting the server: PORT=0 scripts/example.sh lyrics-poet"
PORT=0 scripts/example.sh lyrics-poet >"$server_out" 2>&1 &
server=$!
port=""
for _ in $(seq 1 300); do
  port="$(sed -n 's/^listening on \([0-9]*\)$/\1/p' "$server_out")"
  [ -z "$port" ] || break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
sed 's/^/    server | /' "$server_out"
[ -n "$port" ] || die "the server did not start; what it said is above"

step "starting the client: PORT=$port scripts/example.sh lyrics-reader"
if ! HOST="${HOST:-localhost}" PORT="$port" scripts/example.sh lyrics-reader >"$log" 2>&1; then
  sed 's/^/    client | /' "$log"
  die "the client failed; what it said is above"
fi
sed 's/^/    client | /' "$log"
grep -q . "$log" || die "the client ended without a word"

kill "$server"
wait "$server" 2>/dev/null || true
server=""
step "done: the client read what the server wrote, and both have ended"
say "Next: scripts/example.sh --help for more examples, scripts/test.sh for the tests."
