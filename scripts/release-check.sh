#!/usr/bin/env bash
# Usage: scripts/release-check.sh [--snapshot] [--key KEY]
#
# Tells whether HEAD is fit to be published: version and changelog, what the POM has to say, and
# everything that `mvn -Pdist,release` makes of it. Builds HEAD twice, in two folders that hold
# nothing else, and compares every artifact. Prints a line for each check, those that failed with
# what to do, and fails when one did. Takes some minutes, and the network for what is not here yet.
#
#   --snapshot  a rehearsal: what only a real release needs is noted and does not fail.
#   --key KEY   sign with this key of gpg, and check the signatures. The passphrase comes from gpg's
#               agent or from MAVEN_GPG_PASSPHRASE. Without a key nothing is signed.
#   --help      this text.
#
# The artifacts stay in target/release-check/first/target/dist, and each build's output beside it.

set -euo pipefail
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/setup.sh"
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/cross.sh"

snapshot=no key=""
while [ $# -gt 0 ]; do
  case "$1" in
    --snapshot) snapshot=yes ;;
    --key) [ -n "${2:-}" ] || die "--key needs a value; see --help"; key="$2"; shift ;;
    --help | -h) help_text; exit 0 ;;
    *) die "unknown option $1; see --help" ;;
  esac
  shift
done
gn_setup no cc cmake make jdk maven
cd "$GN_ROOT"
work="$GN_ROOT/target/release-check"
first="$work/first" second="$work/second-and-elsewhere"
built="$first/target/dist"

failed=0
ok() { say "ok    $*"; }
note() { say "note  $*"; }
# bad WHAT REMEDY
bad() {
  say "FAIL  $1"
  say "      $2"
  failed=$((failed + 1))
}
# For what a rehearsal may lack.
later() { if [ "$snapshot" = yes ]; then note "$1"; else bad "$1" "$2"; fi; }

# --- What the repository says -------------------------------------------------------------------

version="$(sed -n 's/^  <version>\(.*\)<\/version>$/\1/p' pom.xml | head -n 1)"
check_version() {
  case "$version" in
    *-SNAPSHOT)
      later "version $version is a snapshot" \
        "set <version> in pom.xml and commit, or rehearse with --snapshot"
      ;;
    [0-9]*.[0-9]*.[0-9]*) ok "version $version" ;;
    *) bad "version '$version' is none of Semantic Versioning" "set <version> in pom.xml" ;;
  esac
}

check_changelog() {
  local section="${version%-SNAPSHOT}" lines
  [ "$snapshot" = no ] || grep -q "^## \[$section\]" CHANGELOG.md || section=Unreleased
  lines="$(awk -v "head=## [$section]" 'index($0, head) == 1 { inside = 1; next }
    /^## / { inside = 0 } inside && /^- / { count++ } END { print count + 0 }' CHANGELOG.md)"
  if [ "$lines" -eq 0 ]; then
    bad "CHANGELOG.md says nothing about $section" "rename Unreleased to [$section] - <date>"
  elif [ "$section" != Unreleased ] &&
    ! grep -Eq "^## \[$section\] - [0-9]{4}-[0-9]{2}-[0-9]{2}$" CHANGELOG.md; then
    bad "CHANGELOG.md has no date for $section" "write '## [$section] - <year>-<month>-<day>'"
  else
    ok "CHANGELOG.md has $lines entries for $section"
  fi
}

check_tree() {
  local changes
  changes="$(git status --porcelain | sed -n 1,3p | tr '\n' ' ')"
  if [ -z "$changes" ]; then
    ok "nothing is uncommitted; HEAD is $(git rev-parse --short HEAD)"
  else
    bad "HEAD is not all there is: $changes" "commit or remove it: HEAD is what is built"
  fi
}

check_pom() {
  local element missing="" text
  # As children of the project, which this file indents by two spaces.
  for element in name description url licenses developers scm; do
    grep -q "^  <$element>" pom.xml || missing="$missing <$element>"
  done
  if [ -n "$missing" ]; then
    bad "pom.xml lacks$missing" "repositories refuse artifacts whose POM does not say it"
  else
    ok "pom.xml has name, description, url, licenses, developers and scm"
  fi
  text="$(grep -c 'gannet\.example' pom.xml || true)"
  [ "$text" -eq 0 ] ||
    later "pom.xml names the public home as .example" \
      "write the real addresses into url, developers and scm"
}

# --- Two builds ----------------------------------------------------------------------------------

# build DIR OPTION...: builds HEAD in a new folder. Only the tools are shared.
build() {
  local dir="$1"
  shift
  rm -rf "$dir" && mkdir -p "$dir/target" "$GN_TOOLS" &&
    git archive HEAD | tar -x -C "$dir" && ln -s "$GN_TOOLS" "$dir/target/tools" || return 1
  (cd "$dir" && mvn -B -Pdist,release -DskipNativeTests -DskipTidy "$@" verify) >"$dir.log" 2>&1
}

build_twice() {
  local signing=(-Dgpg.skip)
  [ -z "$key" ] || signing=("-Dgpg.keyname=$key")
  step "building HEAD, and running users' projects with what comes out ($first.log)"
  # Of the unit tests one is enough: the ordinary build has passed them all.
  if ! build "$first" "${signing[@]}" -Dtest=NativeLoaderTest -Dit.test=ConsumerIT,ReportIT; then
    grep -E '^\[ERROR\]|^[a-z-]+\.sh: ' "$first.log" | head -n 20 || true
    bad "mvn -Pdist,release verify fails" "see $first.log"
    return 1
  fi
  ok "mvn -Pdist,release verify: $(grep -hoE 'Tests run: [0-9]+' \
    "$built/failsafe-reports/"*.ConsumerIT.txt) with the installed artifacts"
  step "building HEAD once more, elsewhere ($second.log)"
  if ! build "$second" -Dgpg.skip -DskipTests -Dmaven.test.skip; then
    bad "the second build fails" "see $second.log"
    return 1
  fi
}

artifacts() {
  (cd "$1" && ls "gannet-$version"*.jar "gannet-$version"*.nar "gannet-$version"*.json)
}

check_same() {
  local name different="" count=0
  if [ "$(artifacts "$built")" != "$(artifacts "$second/target/dist")" ]; then
    bad "the two builds made different files" "compare $built and $second/target/dist"
    return 0
  fi
  for name in $(artifacts "$built"); do
    count=$((count + 1))
    cmp -s "$built/$name" "$second/target/dist/$name" || different="$different $name"
  done
  if [ -z "$different" ]; then
    ok "two builds in two folders: $count artifacts are the same bytes"
  else
    bad "two builds differ:$different" \
      "look for dates and paths with unzip -v, in $built and $second/target/dist"
  fi
}

# --- What came out -------------------------------------------------------------------------------

# Names in an archive which nothing accounts for; a class must have its source file in src/main.
stray() {
  local name source
  "$JAVA_HOME/bin/jar" tf "$1" | while IFS= read -r name; do
    case "$name" in
      */ | META-INF/MANIFEST.MF | META-INF/LICENSE | META-INF/NOTICE) ;;
      META-INF/maven/io.gannet/gannet/pom.xml | META-INF/maven/io.gannet/gannet/pom.properties) ;;
      META-INF/nar/io.gannet/gannet/nar.properties) ;;
      META-INF/native-image/io.gannet/gannet/*.json) ;;
      META-INF/native/linux-*/libgannet.so | META-INF/native/macos-*/libgannet.dylib) ;;
      *.class)
        source="${name%.class}"
        source="${source%%\$*}.java"
        [ -e "src/main/java/$source" ] || [ -e "src/main/java-templates/$source" ] ||
          say "$name"
        ;;
      *) say "$name" ;;
    esac
  done
}

check_jar() {
  local jar="$built/gannet-$version.jar" entries target name text missing="" line
  entries="$("$JAVA_HOME/bin/jar" tf "$jar")"
  for target in $GN_TARGETS; do
    name="META-INF/native/$target/libgannet.so"
    case "$target" in macos-*) name="${name%.so}.dylib" ;; esac
    grep -Fxq "$name" <<<"$entries" || missing="$missing $name"
  done
  for name in module-info.class META-INF/LICENSE META-INF/NOTICE; do
    grep -Fxq "$name" <<<"$entries" || missing="$missing $name"
  done
  if [ -n "$missing" ]; then
    bad "the jar lacks:$missing" "see the resources of pom.xml and scripts/build-native.sh"
  else
    ok "the jar has six libraries, module-info, licence and notice"
  fi
  text="$(stray "$jar" | sed -n 1,5p | tr '\n' ' ')"
  if [ -n "$text" ]; then
    bad "the jar has what does not belong there: $text" "keep it out, or account for it in $0"
  else
    text="$(grep -c '\.class$' <<<"$entries")"
    ok "the jar has nothing else: $text classes, each of src/main"
  fi
  missing=""
  text="$(unpacked "$jar" META-INF/MANIFEST.MF | tr -d '\r')"
  for line in "Implementation-Title: Gannet" "Implementation-Version: $version" \
    "Main-Class: io.gannet.internal.Main" "Enable-Native-Access: ALL-UNNAMED"; do
    grep -Fxq "$line" <<<"$text" || missing="$missing '$line'"
  done
  if [ -n "$missing" ]; then
    bad "the manifest lacks$missing" "see maven-jar-plugin in pom.xml"
  else
    ok "the manifest names title, version, program and native access"
  fi
}

# unpacked ARCHIVE NAME: prints one file of an archive.
unpacked() {
  local dir
  dir="$(mktemp -d)"
  (cd "$dir" && "$JAVA_HOME/bin/jar" xf "$1" "$2" && cat "$2") || true
  rm -rf "$dir"
}

# Whoever gets a library gets the licence of what is in it.
check_notices() {
  local name file wrong="" count=0 notice=src/main/resources/META-INF/NOTICE
  for name in $(artifacts "$built"); do
    case "$name" in *.json | *-javadoc.jar) continue ;; esac
    count=$((count + 1))
    for file in LICENSE "$notice"; do
      [ "$(unpacked "$built/$name" "META-INF/${file##*/}")" = "$(cat "$file")" ] ||
        wrong="$wrong $name:META-INF/${file##*/}"
    done
  done
  grep -q 'Jens Axboe' "$notice" &&
    grep -q 'this permission notice shall be included' "$notice" ||
    wrong="$wrong NOTICE:liburing"
  if [ -n "$wrong" ]; then
    bad "missing or not as in the repository:$wrong" "see the resources of pom.xml"
  else
    ok "licence and notice are in $count archives, with the licence of liburing"
  fi
}

# What Maven attached is what it has installed for the users' projects.
check_companions() {
  local installed="$built/it/installed/io/gannet/gannet/$version" wrong="" name entries
  entries="$("$JAVA_HOME/bin/jar" tf "$built/gannet-$version-sources.jar" 2>/dev/null || true)"
  grep -Fxq module-info.java <<<"$entries" || wrong="$wrong -sources.jar"
  ! grep -Eq 'libgannet|Test\.java$' <<<"$entries" || wrong="$wrong -sources.jar"
  entries="$("$JAVA_HOME/bin/jar" tf "$built/gannet-$version-javadoc.jar" 2>/dev/null || true)"
  grep -Fxq index.html <<<"$entries" || wrong="$wrong -javadoc.jar"
  for name in amd64-Linux aarch64-Linux x86_64-MacOSX aarch64-MacOSX; do
    entries="$("$JAVA_HOME/bin/jar" tf "$built/gannet-$version-$name-gpp-jni.nar" 2>/dev/null ||
      true)"
    grep -Eq "^lib/$name-gpp/jni/libgannet\.(so|dylib)$" <<<"$entries" ||
      wrong="$wrong -$name-gpp-jni.nar"
  done
  cmp -s "$built/gannet-$version.jar" "$installed/gannet-$version.nar" || wrong="$wrong .nar"
  cmp -s "$first/pom.xml" "$installed/gannet-$version.pom" || wrong="$wrong .pom"
  for name in $(artifacts "$built"); do
    cmp -s "$built/$name" "$installed/$name" || wrong="$wrong ${name#"gannet-$version"}(attached)"
  done
  if [ -n "$wrong" ]; then
    bad "missing or not complete:$wrong" "see $first.log"
  else
    ok "sources, javadoc, SBOM, POM and five .nar artifacts are attached"
  fi
}

check_natives() {
  local text
  if text="$(scripts/check-natives.sh "$built/gannet-$version.jar" 2>&1)"; then
    ok "scripts/check-natives.sh: $(tail -n 1 <<<"$text" | tr -s ' ')"
  else
    bad "scripts/check-natives.sh: $(printf '%s' "$text" | tr '\n' ' ')" "see native/CMakeLists.txt"
  fi
}

check_sbom() {
  local text
  if text="$("$JAVA_HOME/bin/java" -cp "$built/example-libraries/*" \
    src/test/java/io/gannet/internal/SbomCheck.java "$built/gannet-$version-cyclonedx.json" \
    pom.xml "$version" 2>&1)"; then
    ok "SBOM: $text"
  else
    bad "SBOM: $text" "see cyclonedx-maven-plugin in pom.xml and scripts/lib/sbom.sh"
  fi
}

check_signatures() {
  local name wrong="" count=0
  if [ -z "$key" ]; then
    later "nothing was signed" "give the key that signs the release: --key KEY"
    return 0
  fi
  for name in $(artifacts "$built"); do
    count=$((count + 1))
    if [ ! -e "$built/$name.asc" ] ||
      ! gpg --batch --verify "$built/$name.asc" "$built/$name" >/dev/null 2>&1; then
      wrong="$wrong $name"
    fi
  done
  if [ -n "$wrong" ]; then
    bad "no good signature:$wrong" "see $first.log and gpg --list-secret-keys"
  else
    ok "$count artifacts are signed"
  fi
}

step "the repository"
check_version
check_changelog
check_tree
check_pom
if build_twice; then
  step "the artifacts"
  check_same
  check_jar
  check_notices
  check_companions
  check_natives
  check_sbom
  check_signatures
fi

if [ "$failed" -ne 0 ]; then die "$failed checks failed; $version is not to be published"; fi
if [ "$snapshot" = yes ]; then
  say "A rehearsal of ${version%-SNAPSHOT}: all good. What is noted above is left to a release."
else
  say "All good. To publish: mvn -Pdist,release deploy, with the repository of your choice."
fi
