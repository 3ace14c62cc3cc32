#!/usr/bin/env bash
# Usage: scripts/lib/undate.sh BUILD_DIR
#
# Takes the time of day out of what nar-maven-plugin is about to package, so that two builds of one
# commit give the same bytes: the comment line with the date in nar.properties, and the modification
# times of the files that go into the .nar archives. Maven calls it.

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case "${1:-}" in --help | -h) help_text; exit 0 ;; esac
[ $# -eq 1 ] || die "needs the build directory; see --help"

if [ ! -d "$1/classes/META-INF/nar" ]; then
  die "$1 holds no nar.properties: nar-prepare-package has to run first"
fi
find "$1/classes/META-INF/nar" "$1/nar" -name nar.properties | while IFS= read -r file; do
  LC_ALL=C sort "$file" | grep -v '^#' >"$file.undated"
  mv "$file.undated" "$file"
done
if [ -d "$1/nar" ]; then
  find "$1/nar" -exec touch -t 202501010000 {} +
fi
