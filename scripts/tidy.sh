#!/usr/bin/env bash
# Usage: scripts/tidy.sh [--out DIR]
#
# Checks the house rules that a compiler cannot: who may include whom, sizes of functions, files and
# lines, banned calls, platform conditions, exported symbols, sources which no build lists and tests
# which test no source. Prints `tidy: path:line: message` for each finding and fails when there is
# one. Maven runs it in every build.
#
#   --out DIR  where the build put its output (default: target); built objects are looked at when
#              they are there.
#   --help     this text.

set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"

out="$GN_ROOT/target"
while [ $# -gt 0 ]; do
  case "$1" in
    --out) [ $# -ge 2 ] || die "--out needs a value"; out="$2"; shift ;;
    --help | -h) help_text; exit 0 ;;
    *) die "unknown option $1; see --help" ;;
  esac
  shift
done
case "$out" in /*) ;; *) out="$PWD/$out" ;; esac
cd "$GN_ROOT"
export LC_ALL=C

findings="$(mktemp)"
trap 'rm -f "$findings"' EXIT
finding() { printf 'tidy: %s: %s\n' "$1" "$2" >>"$findings"; }

# Names of this tree's files under the given directories; none of them has a space in its name.
files() {
  local pattern="$1" dirs=() dir
  shift
  for dir in "$@"; do [ ! -d "$dir" ] || dirs+=("$dir"); done
  [ ${#dirs[@]} -eq 0 ] || find "${dirs[@]}" -type f -name "$pattern" | sort
}

core="native/base native/io native/http native/proxy native/ws native/tls native/session native/jni"
c_core="$(files '*.[ch]' $core)"
c_all="$(files '*.[ch]' native)"
java_all="$(files '*.java' src)"
other="$(files '*.sh' scripts) $(files '*.cmake' cmake) native/CMakeLists.txt .ci/run"

# --- Sizes ------------------------------------------------------------------------------------

lengths='
FNR == 1 { close_file(); file = FILENAME; limit = file ~ /\/(test|examples)\// ? 800 : 600 }
{
  lines = FNR
  if ($0 ~ /\t/) print "tidy: " FILENAME ":" FNR ": a tab; indent with spaces"
  if ($0 ~ /[ \r]$/) print "tidy: " FILENAME ":" FNR ": white space at the end of the line"
  text = $0
  gsub(/[\200-\277]/, "", text)   # the continuation bytes of UTF-8: count characters
  if (length(text) > 100)
    print "tidy: " FILENAME ":" FNR ": " length(text) " columns; 100 are the limit"
}
function close_file() {
  if (file != "" && lines > limit)
    print "tidy: " file ":" lines ": " lines " lines; " limit " are the limit for this file"
}
END { close_file() }'
awk "$lengths" $c_all $java_all $other >>"$findings"

# A C function ends at a brace in the first column. It begins where the text of that column last
# did, so that the signature counts as well.
c_functions='
FNR == 1 { start = 0 }
/^[A-Za-z_]/ && !/^[a-z_]+:$/ { if (!inside) start = FNR }
/\{$/ && !inside && start { inside = 1; is_function = seen_paren || $0 ~ /\(/ }
/^[A-Za-z_].*\(/ { if (!inside) seen_paren = 1 }
/^}/ {
  if (inside && is_function && FNR - start + 1 > 70)
    print "tidy: " FILENAME ":" start ": a function of " FNR - start + 1 " lines; 70 are the limit"
  inside = 0; seen_paren = 0; start = 0
}
/;$/ && !inside { seen_paren = 0 }'
[ -z "$c_all" ] || awk "$c_functions" $c_all >>"$findings"

# A Java method is a block whose first and last line have the indentation of a member of a type.
java_methods='
FNR == 1 { for (i in start) delete start[i] }
{
  match($0, /^ */); indent = RLENGTH; text = substr($0, indent + 1)
  if (text == "" || text ~ /^(\/\/|\/\*|\*|@)/) next
  if (text ~ /^}/ && (indent in start)) {
    outer_is_type = indent == 4 || type[indent - 4]
    if (indent > 0 && outer_is_type && !type[indent] && FNR - start[indent] + 1 > 70)
      print "tidy: " FILENAME ":" start[indent] ": a method of " FNR - start[indent] + 1 \
        " lines; 70 are the limit"
  }
  if (text !~ /^[})]/) {
    start[indent] = FNR
    type[indent] = text ~ /(^| )(class|interface|enum|record|@interface) [A-Z]/
  }
}'
[ -z "$java_all" ] || awk "$java_methods" $java_all >>"$findings"

# --- C: layers, platform conditions, banned calls ---------------------------------------------

layers='
FNR == 1 {
  split(FILENAME, part, "/"); layer = part[2]
  may = layer == "base" ? layer : "base " layer
  if (layer == "session") may = "base io http proxy ws tls session"
  if (layer == "jni") may = "base io session jni"
  if (layer ~ /^(test|fuzz|bench)$/) may = "base io http proxy ws tls session bench " layer
}
/^[ ]*#[ ]*include/ {
  if ($0 ~ /<jni\.h>|"jni\.h"|io_gannet_/ && layer != "jni" &&
      FILENAME != "native/test/jvm_stub.c")
    print "tidy: " FILENAME ":" FNR ": only native/jni may include jni.h and its headers"
  if (match($0, /"[^"]*"/)) {
    name = substr($0, RSTART + 1, RLENGTH - 2)
    sub(/^(\.\.\/)+/, "", name)
    if (name ~ /\//) {
      split(name, part, "/")
      if (index(" " may " ", " " part[1] " ") == 0)
        print "tidy: " FILENAME ":" FNR ": " layer " may not include " name " (may: " may ")"
    }
  }
}
/^ *# *(if|ifdef|ifndef|elif).*(__linux|__APPLE_|__MACH__|BSD__|_WIN32|__unix|__GLIBC_)/ {
  if (FILENAME !~ /native\/(io\/backend_[a-z_]+\.c|io\/(file|sock)\.c|base\/clock\.c|test\/.*)$/)
    print "tidy: " FILENAME ":" FNR ": a platform condition; CMake selects files, code does not"
}'
[ -z "$c_all" ] || awk "$layers" $c_all >>"$findings"

banned='
FNR == 1 { comment = 0; name = "" }
{
  text = $0
  gsub(/\\./, "", text); gsub(/"[^"]*"/, "\"\"", text)
  if (comment) { if (sub(/^.*\*\//, "", text)) comment = 0; else next }
  gsub(/\/\*([^*]|\*[^\/])*\*\//, "", text)
  if (sub(/\/\*.*$/, "", text)) comment = 1
  sub(/\/\/.*$/, "", text)
  if (text ~ /^[A-Za-z_].*\(/) { name = text; sub(/\(.*$/, "", name); sub(/^.*[ *]/, "", name) }
  if (text ~ /(^|[^A-Za-z0-9_])(strcpy|strcat|strncpy|sprintf|vsprintf|gets|alloca|strtok)\(/)
    say("a call without a bound")
  if (text ~ /(^|[^A-Za-z0-9_])(atoi|atol|atoll|strtol|strtoul|strtoll|strtoull|sscanf)\(/)
    say("a number reader which accepts too much; base/bytes.h has strict ones")
  if (text ~ /(^|[^A-Za-z0-9_])(malloc|calloc|realloc|strdup)\(/ &&
      FILENAME != "native/base/pool.c" && name !~ /_new$/)
    say("an allocation outside base/pool.c and functions named *_new")
  if (text ~ /(^|[^A-Za-z0-9_])(printf|vprintf|fprintf|vfprintf|puts|fputs|putchar|perror)\(/)
    say("the core never prints")
  if (text ~ /(^|[^A-Za-z0-9_])(exit|_exit|quick_exit)\(/) say("the core never exits")
}
function say(why) { print "tidy: " FILENAME ":" FNR ": " why }'
[ -z "$c_core" ] || awk "$banned" $c_core >>"$findings"

# --- C: every file is built, every test has a subject -----------------------------------------

cmake_words="$(sed 's/#.*//' native/CMakeLists.txt | tr -s ' ()\n' '\n\n\n\n')"
listed() { grep -qxF -- "$1" <<<"$cmake_words"; }
for file in $(files '*.c' native); do
  path="${file#native/}"
  name="$(basename "$path" .c)"
  case "$path" in
    test/test_* | fuzz/fuzz_* | bench/bench_*) entry="${name#*_}" ;;
    *) entry="$path" ;;
  esac
  listed "$entry" || listed "$path" ||
    finding "$file:1" "no build lists it; name it in native/CMakeLists.txt"
done
for entry in $(printf '%s\n' "$cmake_words" | grep -E '^[a-z]+/[a-z0-9_]+\.c$' || true); do
  [ -e "native/$entry" ] ||
    finding "native/CMakeLists.txt:1" "lists native/$entry, which is missing"
done
for file in $(files 'test_*.c' native/test); do
  subject="$(basename "$file" .c)"
  subject="${subject#test_}"
  found=no
  # test_stream_faults.c may stand beside test_stream.c: both are about stream.c.
  while :; do
    for layer in base io http proxy ws tls session bench/load; do
      if [ -e "native/$layer/$subject.c" ] || [ -e "native/$layer/$subject.h" ]; then found=yes; fi
    done
    # What stands in for another system has tests of its own.
    if [ -d "native/test/$subject" ]; then found=yes; fi
    case "$found$subject" in no*_*) subject="${subject%_*}" ;; *) break ;; esac
  done
  [ "$found" = yes ] || finding "$file:1" "tests no source; name it after the file it is about"
done

# --- C: cases are in the format that native/test/http_cases.h describes -----------------------

cases='
FNR == 1 { close_case(); file = FILENAME; name = "" }
/^$/ || /^#/ { next }
/^case: ./ { close_case(); name = $0; line = FNR; comes = 0; next }
name == "" { print "tidy: " FILENAME ":" FNR ": a line in front of the first case"; next }
/^kind: (request|response to [A-Z]+|chunked|length [0-9]+|until close)$/ { next }
/^limit: [a-z_]+ [0-9]+$/ { next }
/^> / || /^>x[0-9]+ ./ {
  text = $0
  gsub(/\\\\|\\[rnt]|\\x[0-9a-f][0-9a-f]/, "", text)
  if (text ~ /\\/) print "tidy: " FILENAME ":" FNR ": an unknown escape"
  if ($0 ~ / $/) print "tidy: " FILENAME ":" FNR ": a space at the end; write it as \\x20"
  next
}
/^= / { comes = 1; next }
{ print "tidy: " FILENAME ":" FNR ": no line of a case; see native/test/http_cases.h" }
function close_case() {
  if (name != "" && !comes) print "tidy: " file ":" line ": a case that expects nothing"
}
END { close_case() }'
case_files="$(files '*.case' native/test/cases)"
[ -z "$case_files" ] || awk "$cases" $case_files >>"$findings"

# --- C: what the built objects say ------------------------------------------------------------

if have nm; then
  build="$("$GN_ROOT/scripts/build-native.sh" --print-dir --out "$out" host)"
  for layer in http proxy ws; do
    for object in $(files '*.o' "$build/CMakeFiles/gannet_core.dir/$layer"); do
      for symbol in $(nm -u "$object" | awk '{ print $NF }'); do
        case "$symbol" in
          mem* | gn_bytes_* | "gn_${layer}"_* | __stack_chk_fail | __assert_fail | \
            _GLOBAL_OFFSET_TABLE_ | _mem* | _gn_*) ;;
          *) finding "native/$layer/$(basename "$object" .o):1" \
            "uses $symbol; this layer makes no system call and no allocation" ;;
        esac
      done
    done
  done
  if [ -e "$build/libgannet.so" ]; then
    for symbol in $(nm -D --defined-only "$build/libgannet.so" | awk '{ print $NF }'); do
      case "${symbol%%@*}" in
        JNI_OnLoad | JNI_OnUnload | Java_*) ;;
        *) finding "native/jni/exports.map:1" "the library exports $symbol" ;;
      esac
    done
  fi
fi
# CheckLibrary.cmake looks at each library that is linked; this one at what will be packaged.
mark="$(sed -n 's/^set(gn_kqueue_mark "\(.*\)")$/\1/p' native/CMakeLists.txt)"
[ -n "$mark" ] || finding "native/CMakeLists.txt:1" "defines no gn_kqueue_mark any more"
for library in $(files 'libgannet.*' "$out/native-dist" native-prebuilt); do
  if grep -qF -- "${mark:-no mark}" "$library"; then
    finding "$library:1" "contains the kqueue of the tests, which must not be shipped"
  fi
done

# --- Java -------------------------------------------------------------------------------------

imports='
FNR == 1 {
  where = "api"
  if (FILENAME ~ /io\/gannet\/internal\//) where = "internal"
  if (FILENAME ~ /io\/gannet\/http\//) where = "http"
  if (FILENAME ~ /io\/gannet\/ws\//) where = "ws"
  if (FILENAME ~ /io\/gannet\/micrometer\//) where = "micrometer"
}
/^import .*\*;/ { say("a wildcard import; name what is used") }
FILENAME ~ /^src\/main\// {
  if (/^import (static )?io\.gannet\.http\./ && where !~ /^(http|micrometer)$/)
    say(where " may not import io.gannet.http")
  if (/^import (static )?io\.gannet\.micrometer\./ && where != "micrometer")
    say(where " may not import io.gannet.micrometer")
  if (/^import (static )?io\.gannet\.ws\./ && where != "ws")
    say(where " may not import io.gannet.ws")
  if (FILENAME !~ /internal\/Main\.java$/ &&
      /System\.exit\(|System\.(out|err)[.;,)]|\.printStackTrace\(/)
    say("a library neither prints nor exits; it throws, or logs through System.Logger")
  if (where == "http" && /(Integer|Long)\.parse(Unsigned)?(Int|Long)\(/)
    say("parses what came from the wire too leniently")
  if (where == "internal" && /^    public (static )?[A-Za-z<>\[\]]+ [a-z][A-Za-z]*( =.*)?;/)
    say("a public mutable field")
  if (FILENAME ~ /module-info\.java$/ && /^ *exports / &&
      !/exports io\.gannet(\.http(\.filter)?|\.ws|\.micrometer)?;/)
    say("only io.gannet, its http with filters, its ws and its micrometer are exported")
}
function say(why) { print "tidy: " FILENAME ":" FNR ": " why }'
[ -z "$java_all" ] || awk "$imports" $java_all >>"$findings"

# --- The verdict ------------------------------------------------------------------------------

if [ -s "$findings" ]; then
  sort -u "$findings"
  die "$(sort -u "$findings" | wc -l | tr -d ' ') findings"
fi
