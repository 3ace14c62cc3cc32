#!/usr/bin/env bash
# Usage: scripts/example.sh NAME [ARGUMENT...]
#
# Runs a compiled example of src/examples/java. HTTP: hello, counter, todo, files, events, pump,
# metrics, showcase. Raw sessions: lyrics-poet, lyrics-reader, echo, chat, talk, raw-hello.
# It builds first when nothing is built yet; otherwise it becomes the JVM at once, without Maven.
#
# The examples read HOST, PORT, BACKEND (auto, io_uring, epoll, kqueue) and LOOPS from the
# environment; files and showcase serve the folder STATIC_DIR. JAVA_HOME chooses the JVM and
# JAVA_OPTS is passed to it. A server prints the one line "listening on <port>" when it is ready;
# PORT=0 lets the system choose.

set -euo pipefail

case "${1:---help}" in
  --help | -h)
    sed -n '2,/^[^#]/{ s/^# \{0,1\}//p; }' "$0"
    [ $# -gt 0 ] && exit 0 || exit 2
    ;;
esac

say() { printf 'example.sh: %s\n' "$1" >&2; }

# No subshell on the way to the JVM, unless this is called by a link: the time until an example
# answers is measured from here.
self="$0"
if [ -L "$self" ]; then self="$(readlink -f "$self")"; fi
case "$self" in */*) root="${self%/*}/.." ;; *) root=".." ;; esac
classes="${GN_TARGET:-$root/target}"

# lyrics-poet is the class LyricsPoet; spelled out because macOS has a bash without ${word^}.
lower=abcdefghijklmnopqrstuvwxyz upper=ABCDEFGHIJKLMNOPQRSTUVWXYZ
main=""
rest="$1-"
while [ -n "$rest" ]; do
  word="${rest%%-*}"
  rest="${rest#*-}"
  before="${lower%%"${word:0:1}"*}"
  main="$main${upper:${#before}:1}${word:1}"
done
case "$main" in
  Settings | Traffic)
    say "$1 is what examples have in common, and no example itself; see --help"
    exit 2
    ;;
esac

java=java
if [ -n "${JAVA_HOME:-}" ]; then
  java="$JAVA_HOME/bin/java"
  if [ ! -x "$java" ]; then
    say "JAVA_HOME is $JAVA_HOME, which is no JDK; unset it or point it to one"
    exit 2
  fi
fi

main_file="$classes/test-classes/io/gannet/examples/$main.class"
if [ ! -e "$main_file" ]; then
  if [ ! -e "$root/src/examples/java/io/gannet/examples/$main.java" ]; then
    say "there is no example $1; see --help"
    exit 2
  fi
  say "building first, which takes a few minutes on a fresh machine"
  (cd "$root" && mvn -B -q -Pexamples -DskipTests test-compile >&2)
fi
shift

# Newer JVMs warn about native code unless it is allowed; what JAVA_HOME is tells its release file,
# and without JAVA_HOME the option is passed, because every JVM that can run Gannet knows it.
options="--enable-native-access=ALL-UNNAMED"
if [ -n "${JAVA_HOME:-}" ] && [ -r "$JAVA_HOME/release" ]; then
  while IFS= read -r line; do
    case "$line" in
      JAVA_VERSION=*)
        version="${line#JAVA_VERSION=\"}"
        if [ "${version%%[!0-9]*}" -lt 22 ]; then options=""; fi
        ;;
    esac
  done <"$JAVA_HOME/release"
fi

# shellcheck disable=SC2086  # JAVA_OPTS is a list of words on purpose.
exec "$java" $options ${JAVA_OPTS:-} \
  -cp "$classes/classes:$classes/test-classes:$classes/example-libraries/*" \
  "io.gannet.examples.$main" "$@"
