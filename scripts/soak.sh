#!/usr/bin/env bash
# Usage: scripts/soak.sh [options]
#
# Abuses servers of this build for longer, and at a larger size, than its tests do (AttackIT,
# HttpChurnIT, RaceIT, RestartIT: the same code), on each backend that works here:
#
#   cycles    starts and stops of a server on one port under load;
#   restarts  server processes that take over from each other under load and may lose no request;
#   churn     connections that are opened and end in every way there is, by FIN, reset and
#             half-close, within the head, the body and the response: all that the server counts
#             must add up to the last of them, and no descriptor, session or memory may be left;
#   attacks   hostile clients while a well-behaved one must lose no request: slow heads and bodies,
#             clients that read nothing, pipelines without end, floods of headers, chunks and
#             upgrades, an upload of 10 GiB to a handler that reads slowly. Up to 10,000
#             connections, as far as the limit of open files permits.
#
# Says every ten seconds how far it is, ends with a table in MiB (memory before, at its peak, at
# the end), and fails when a server died, lost a request, counted wrong or kept something.
# Ctrl-C ends it with all its processes. All of it takes about an hour on two cores. Linux.
#
#   --only LIST   some of cycles, restarts, churn and attacks, separated by commas.
#   --cycles N    default: 1000
#   --restarts N  default: 50
#   --churn N     default: 1000000
#   --minutes N   goes on with attacks for so long; default: 0, each of them once.
#   --backends L  io_uring, epoll or both, separated by a comma; default: both.
#   --help        this text.

set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/setup.sh"

only="cycles,restarts,churn,attacks" backends="io_uring,epoll"
cycles=1000 restarts=50 churn=1000000 minutes=0
value() { [ $# -ge 2 ] || die "$1 needs a value; see --help"; }
while [ $# -gt 0 ]; do
  case "$1" in
    --only) value "$@"; only="$2"; shift ;;
    --cycles) value "$@"; cycles="$2"; shift ;;
    --restarts) value "$@"; restarts="$2"; shift ;;
    --churn) value "$@"; churn="$2"; shift ;;
    --minutes) value "$@"; minutes="$2"; shift ;;
    --backends) value "$@"; backends="$2"; shift ;;
    --help | -h) help_text; exit 0 ;;
    *) die "unknown option $1; see --help" ;;
  esac
  shift
done
for number in "$cycles" "$restarts" "$churn" "$minutes"; do
  case "$number" in "" | *[!0-9]* | ?????????*) die "$number: no number of 1 to 8 digits" ;; esac
done
case ",$backends," in *,,* | *[!a-z_,]*) die "--backends $backends: see --help" ;; esac
[ -n "$only" ] || die "--only needs a list; see --help"
for part in ${only//,/ }; do
  case "$part" in
    cycles | restarts | churn | attacks) ;;
    *) die "--only $part: choose of cycles, restarts, churn and attacks" ;;
  esac
done
wanted() { case ",$only," in *",$1,"*) echo "$2" ;; *) echo "$3" ;; esac; }

gn_find_java_home
cd "$GN_ROOT"
ulimit -n "$(ulimit -H -n)" 2>/dev/null || true
mvn -B -q -DskipTests test-compile
# In place of this shell, so that a signal for the one reaches the other, which ends its children.
# A small heap that is touched at once makes what is resident comparable.
exec "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED \
  -Xms128m -Xmx128m -XX:+UseSerialGC -XX:+AlwaysPreTouch \
  -Dgannet.attack.upload=10737418240 "-Dgannet.test.backends=${backends^^}" \
  -cp target/test-classes:target/classes:target/native-dist io.gannet.Soak \
  "$(wanted attacks "$minutes" -1)" "$(wanted cycles "$cycles" 0)" \
  "$(wanted restarts "$restarts" 0)" "$(wanted churn "$churn" 0)"
