#!/usr/bin/env bash
# Usage: scripts/demo.sh [--stay | --once] [--no-install] [--help]
#
# Shows Gannet at work on a fresh machine: installs what is missing (C compiler, CMake, liburing,
# JDK, Maven; through the system's package manager, with sudo when not root), builds, starts the
# example showcase, asks it a few things, and names a page that shows the server live.
#
#   --stay        leave the server running until Ctrl-C; so it is when a terminal is there.
#   --once        end when the questions are answered; so it is without a terminal.
#   --no-install  install nothing; say what is missing and exit with status 1 when something is.
#   --help        this text.
#
# PORT (default: any free one), BACKEND and LOOPS are passed on; see scripts/example.sh.

set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/setup.sh"

install=yes
stay=no
if [ -t 0 ] && [ -t 1 ]; then stay=yes; fi
for argument in "$@"; do
  case "$argument" in
    --stay) stay=yes ;;
    --once) stay=no ;;
    --no-install) install=no ;;
    --help | -h) help_text; exit 0 ;;
    *) die "unknown option $argument; see --help" ;;
  esac
done

port="${PORT:-0}"
case "$port" in
  *[!0-9]* | ??????*) bad_port=yes ;;
  *) [ "$port" -le 65535 ] && bad_port=no || bad_port=yes ;;
esac
[ "$bad_port" = no ] || die "PORT is $port, must be a number from 0 to 65535"
if [ "$port" -ne 0 ] && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
  die "PORT is $port, and something listens there already"
fi

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

# Keeps what Maven prints for the case that it fails, and says which part of its work it begins.
phases() {
  local line fetching=no
  while IFS= read -r line; do
    printf '%s\n' "$line"
    case "$line" in
      *Download*from*)
        [ "$fetching" = yes ] || say "    fetching plugins and libraries" >&2
        fetching=yes
        ;;
      *"--- "*":compile "*) say "    compiling the library's Java" >&2 ;;
      *"--- "*"(native-library)"*) say "    compiling the library's C" >&2 ;;
      *"--- "*":testCompile "*) say "    compiling the examples" >&2 ;;
    esac
  done >"$log"
}

# A stranger's compiler may know warnings that ours does not; the demo is no place to meet them.
if ! GN_WERROR=OFF mvn -B -Pexamples -DskipTests test-compile 2>&1 | phases; then
  cat "$log" >&2
  die "the build failed; its output is above"
fi

step "starting the server: PORT=$port scripts/example.sh showcase"
PORT="$port" STATIC_DIR="${STATIC_DIR:-$GN_ROOT}" scripts/example.sh showcase >"$server_out" 2>&1 &
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

# ask PATH WANTED: shows the answer to GET, and fails unless it holds what is wanted. The shell's
# own sockets need no further tool.
ask() {
  exec 3<>"/dev/tcp/127.0.0.1/$port" || die "the server does not accept connections"
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$1" >&3
  timeout 20 cat <&3 >"$log" || die "the answer to GET $1 did not end"
  exec 3<&-
  printf '    GET %-18s %s | %s\n' "$1" "$(head -n 1 "$log" | tr -d '\r')" "$(tail -n 1 "$log")"
  case "$(cat "$log")" in
    *"$2"*) ;;
    *) die "the answer to GET $1 should hold: $2" ;;
  esac
}

step "asking it"
ask / 'Hello, World!'
ask /json '{"message":"Hello, World!"}'
ask /users/Ada%20Lovelace 'Ada Lovelace'
ask '/query?x=1%2B1' '1+1'
ask '/slow?ms=50' 'after 50 ms'
ask /live 'Gannet at work'

if [ "$stay" = yes ]; then
  step "now open http://localhost:$port/live in a browser; Ctrl-C ends the server"
  wait "$server" || true
  server=""
  exit 0
fi
kill "$server"
wait "$server" 2>/dev/null || true
server=""
step "done: the server answered, and has ended"
say "Next: scripts/demo.sh --stay shows its page, scripts/example.sh --help names more examples,"
say "scripts/test.sh passes the tests."
