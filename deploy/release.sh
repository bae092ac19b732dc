#!/usr/bin/env bash
# Makes the release folder of a built checkout: deploy/release.sh RELEASES_FOLDER [VERSION]
#
# Copies the program with the packages that it was tested with. VERSION is the build id of the
# checkout by default. A release that is there already is left as it is. Prints its folder.
set -euo pipefail

readonly PARTS=(bin config deploy/postgres dist migrations CHANGELOG.md package.json package-lock.json)
CHECKOUT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly CHECKOUT

fail() {
  printf 'release: %s\n' "$1" >&2
  exit 2
}

# Packages are linked file by file where that is possible: a later install replaces files, it does
# not write into them.
copy_packages() {
  cp -al "$CHECKOUT/node_modules" "$1/node_modules" 2>/dev/null && return 0
  rm -rf "$1/node_modules"
  cp -a "$CHECKOUT/node_modules" "$1/node_modules"
}

main() {
  [[ ${1:-} != -h && ${1:-} != --help ]] || { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" && exit 0; }
  (($# == 1 || $# == 2)) || fail 'usage: deploy/release.sh RELEASES_FOLDER [VERSION]'
  [[ -r $CHECKOUT/dist/cli/main.js && -r $CHECKOUT/dist/workflow-bundle.js ]] ||
    fail 'this checkout is not built: npm ci'
  local version=${2:-} target partial part
  [[ -n $version ]] || version=$(node "$CHECKOUT/bin/ncfd.cjs" deploy build) ||
    fail 'this checkout has no build id'
  target=$1/$version
  if [[ ! -e $target ]]; then
    partial=$1/.$version.$$
    mkdir -p "$partial/deploy"
    for part in "${PARTS[@]}"; do cp -a "$CHECKOUT/$part" "$partial/$part"; done
    copy_packages "$partial"
    mv -T "$partial" "$target"
  fi
  printf '%s\n' "$target"
}

main "$@"
