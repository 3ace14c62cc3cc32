#!/usr/bin/env bash
# Usage: scripts/lib/sbom.sh BUILD_DIR FILE
#
# Adds liburing to the SBOM which Maven has written to BUILD_DIR/FILE: Maven knows its dependencies,
# and nothing of what the native libraries have linked in. The version is that of the sources which
# were built. Maven calls it, in the profile release.

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case "${1:-}" in --help | -h) help_text; exit 0 ;; esac
[ $# -eq 2 ] || die "needs the build directory and the name of the SBOM; see --help"
file="$1/$2"
[ -e "$file" ] || die "$file is missing; cyclonedx-maven-plugin has to run first"
versions="$(sed -n 's/^Version: *//p' "$1"/cmake/linux-*-zig/liburing/liburing.spec 2>/dev/null |
  sort -u || true)"
case "$versions" in
  "") die "no liburing was built in $1; the profile release goes with dist: mvn -Pdist,release" ;;
  *[!0-9.]*) die "the libraries have several versions of liburing: $versions; delete $1" ;;
esac

# The lines are those of this version of the plugin, at two spaces for each level.
add='
/^  "components" : \[$/ {
  print
  print "    {"
  print "      \"type\" : \"library\","
  print "      \"bom-ref\" : \"" ref "\","
  print "      \"name\" : \"liburing\","
  print "      \"version\" : \"" version "\","
  print "      \"description\" : \"Linked statically into the native libraries for Linux\","
  print "      \"scope\" : \"required\","
  print "      \"licenses\" : [ { \"license\" : { \"id\" : \"MIT\" } } ],"
  print "      \"copyright\" : \"Copyright 2020 Jens Axboe\","
  print "      \"purl\" : \"" ref "\""
  print "    },"
  added++; next
}
/^  "dependencies" : \[$/ {
  print
  print "    {"
  print "      \"ref\" : \"" ref "\","
  print "      \"dependsOn\" : [ ]"
  print "    },"
  inside = 1; added++; next
}
inside && /^    *"ref" : "pkg:maven\/io\.gannet\/gannet@/ { own = 1 }
own && /"dependsOn" : \[$/ { print; print "        \"" ref "\","; own = 0; added++; next }
{ print }
END { exit added == 3 ? 0 : 1 }'
awk -v "version=$versions" -v "ref=pkg:generic/liburing@$versions" "$add" "$file" >"$file.new" ||
  die "$file does not look as expected; this script knows cyclonedx-maven-plugin 2.9.1"
mv "$file.new" "$file"
