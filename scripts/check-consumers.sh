#!/usr/bin/env bash
# Usage: scripts/check-consumers.sh [--help]
#
# Deploys what `mvn package` makes to a throw-away repository and resolves it the way users do: as a
# plain jar, as <type>nar</type>, and as the .nar of one platform. Then it runs a small program on
# the class path and on the module path, where the library has to come out of the jar, without a
# warning and without a file left behind.

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

case "${1:-}" in
  "") ;;
  --help | -h) help_text; exit 0 ;;
  *) die "unknown option $1; see --help" ;;
esac
gn_find_java_home
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$GN_ROOT"
version="$(sed -n 's/^  <version>\(.*\)<\/version>$/\1/p' pom.xml | head -n 1)"

# A local repository that borrows every other artifact from the usual one and has no Gannet yet.
usual="$(mvn -q -B help:evaluate -Dexpression=settings.localRepository -DforceStdout)"
mkdir -p "$work/repository/io"
for entry in "$usual"/* "$usual"/io/*; do
  case "$entry" in "$usual/io" | "$usual/io/gannet") continue ;; esac
  ln -s "$entry" "$work/repository/${entry#"$usual"/}"
done

mvn -B -q -DskipTests install "-Dmaven.repo.local=$work/repository"

# consumer NAME DEPENDENCY_XML FILE...: resolves the dependency, looks for what it must bring.
consumer() {
  local dir="$work/$1" dependency="$2" file
  shift 2
  mkdir -p "$dir"
  cat >"$dir/pom.xml" <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>consumer</groupId>
  <artifactId>consumer</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.gannet</groupId>
      <artifactId>gannet</artifactId>
      <version>$version</version>
      $dependency
    </dependency>
  </dependencies>
</project>
XML
  mvn -B -q -f "$dir/pom.xml" "-Dmaven.repo.local=$work/repository" \
    dependency:copy-dependencies "-DoutputDirectory=$dir/lib"
  for file in "$@"; do
    [ -e "$dir/lib/$file" ] || die "consumer $(basename "$dir") did not get $file"
  done
}
case "$(gn_host_target)" in
  linux-x86_64) aol=amd64-Linux-gpp ;;
  linux-aarch64) aol=aarch64-Linux-gpp ;;
  macos-x86_64) aol=x86_64-MacOSX-gpp ;;
  macos-aarch64) aol=aarch64-MacOSX-gpp ;;
  *) aol="" ;;
esac
consumer jar "" "gannet-$version.jar"
consumer nar "<type>nar</type>" "gannet-$version.nar"
if [ -n "$aol" ]; then
  consumer classifier "<type>nar</type><classifier>$aol-jni</classifier>" \
    "gannet-$version-$aol-jni.nar"
fi

# The JVM must print what the program prints and nothing else, whatever its version.
cat >"$work/Probe.java" <<'JAVA'
import java.nio.ByteBuffer;

public class Probe {
    public static void main(String[] args) throws Exception {
        try (var server = io.gannet.NetServer.open(
                io.gannet.NetOptions.port(0),
                (io.gannet.NetSession session, ByteBuffer data) -> session.write(data))) {
            System.out.println("up");
        }
    }
}
JAVA
jar="$work/jar/lib/gannet-$version.jar"
java="$JAVA_HOME/bin/java"
"$JAVA_HOME/bin/javac" -cp "$jar" -d "$work/classes" "$work/Probe.java"
mkdir "$work/tmp"
run() {
  local name="$1" output
  shift
  output="$("$java" "-Djava.io.tmpdir=$work/tmp" "$@" Probe 2>&1)" || die "$name: $output"
  [ "$output" = up ] || die "$name: unexpected output: $output"
  [ -z "$(ls -A "$work/tmp")" ] || die "$name left files behind: $(ls -A "$work/tmp")"
}
run "class path" --enable-native-access=ALL-UNNAMED -cp "$jar:$work/classes"
run "module path" --enable-native-access=io.gannet --module-path "$jar" --add-modules io.gannet \
  -cp "$work/classes"
say "consumers: jar, nar${aol:+, $aol-jni}; class path and module path: all good"
