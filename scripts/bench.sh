#!/usr/bin/env bash
# Usage: scripts/bench.sh [options]
#
# Measures Gannet beside its peers on this machine: the servers are built with Maven, started pinned
# to one processor, warmed, and loaded in turn by a generator of Gannet's own that checks every
# response. Linux only. Takes about half an hour; close what else runs.
#
#   --quick           plaintext, JSON and echo once: under three minutes.
#   --servers A,B     only these; the names are those of the tables. Default: all there are here.
#   --scenarios A,B   of plaintext, pipelined, json, params, echo1k, echo64k, rate, idle, start.
#   --rounds N        how often each is measured, 3; the tables show medians.
#   --seconds S       of one measurement, 2.
#   --one-cpu         server and generator share a processor: its requests per second and latencies
#                     say nothing then, but CPU per request repeats within two percent.
#   --out DIR         where the results go (default: target/bench/results): results.md,
#                     results.json, cpu.svg and latency.svg, and what each server printed.
#   --help            this text.
#
# Helidon and robaho need a JDK of version 21 or newer, and are left out where there is none; nginx
# is measured where it is installed.

set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/setup.sh"

out="$GN_ROOT/target/bench/results" quick=no clients=1
arguments=()
while [ $# -gt 0 ]; do
  case "$1" in
    --quick) quick=yes ;;
    --one-cpu) clients=0 ;;
    --out) [ $# -ge 2 ] || die "--out needs a value"; out="$2"; shift ;;
    --servers | --scenarios | --rounds | --seconds)
      [ $# -ge 2 ] || die "$1 needs a value"
      arguments+=("$1=$2")
      shift
      ;;
    --help | -h) help_text; exit 0 ;;
    *) die "unknown option $1; see --help" ;;
  esac
  shift
done
[ "$(uname -s)" = Linux ] || die "measures on Linux only"
[ "$quick" = no ] || arguments=(--scenarios=plaintext,json,echo1k --rounds=1 --seconds=1
  --warmup=0.5 "${arguments[@]}")
[ "$(gn_cores)" -gt 1 ] || clients=0

gn_setup yes cc cmake make liburing jdk maven
gn_find_java_home
cd "$GN_ROOT"
have taskset || die "needs taskset, of util-linux"
ulimit -n "$(ulimit -Hn)"

step "build Gannet, its load generator and the peers"
newer="$(gn_newer_jdk)"
mvn -B -q -DskipTests test-compile
scripts/build-native.sh --bench >/dev/null
JAVA_HOME="${newer:-$JAVA_HOME}" mvn -B -q -f src/bench/pom.xml process-classes
load="$(find "$GN_ROOT/target/cmake" -name gn-load -type f | head -n 1)"
[ -x "$load" ] || die "the load generator was not built"
commit="$(git describe --always --dirty 2>/dev/null || echo unknown)"

mkdir -p "$out"
exec "$JAVA_HOME/bin/java" -cp "target/bench/classes:target/bench/lib/*" io.gannet.bench.Bench \
  --root="$GN_ROOT" --load="$load" --jdk="$JAVA_HOME" --newer="$newer" \
  --nginx="$(command -v nginx || true)" --out="$out" --client-cpu="$clients" --commit="$commit" \
  "${arguments[@]}"
