#!/usr/bin/env bash
# Usage: scripts/soak.sh [--minutes N]
#
# Attacks servers of this build with hostile clients, one attack after the other and again, for N
# minutes (default: 30): slow heads and bodies, clients that read nothing, pipelines without end,
# floods of headers, chunks and upgrades, and one upload of 10 GiB to a handler that reads slowly.
# Each server is a process of its own with little memory, and a well-behaved client asks it all the
# while. Prints a row for each attack and fails when a server died, kept a session, or lost a
# request of that client. What every build tests for seconds (AttackIT) runs here for longer, and
# with as many connections as the limit of open files permits, up to 10,000. Linux.
#
#   --minutes N  how long; the attack that is under way then is finished.
#   --help       this text.

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
. "$(dirname "${BASH_SOURCE[0]}")/lib/setup.sh"

minutes=30
while [ $# -gt 0 ]; do
  case "$1" in
    --minutes) [ $# -ge 2 ] || die "--minutes needs a number"; minutes="$2"; shift ;;
    --help | -h) help_text; exit 0 ;;
    *) die "unknown option $1; see --help" ;;
  esac
  shift
done
case "$minutes" in "" | *[!0-9]*) die "--minutes $minutes: not a number" ;; esac

gn_find_java_home
cd "$GN_ROOT"
ulimit -n "$(ulimit -H -n)" 2>/dev/null || true
mvn -B -q -DskipTests test-compile
"$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED -Dgannet.attack.upload=10737418240 \
  -cp target/test-classes:target/classes:target/native-dist io.gannet.AttackSoak "$minutes"
