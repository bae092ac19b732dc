#!/usr/bin/env bash
# The command line of the version in service, with the settings of its environment.
#
# Usage: deploy/ncfd.sh staging|production WORDS…
#
# DEPLOY_VERSION names another version, e.g. the one that a rollback goes back to.
set -Eeuo pipefail
umask 077
export TZ=UTC LC_ALL=C

DEPLOY_FOLDER=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
WORK=$(mktemp -d)
# shellcheck disable=SC2034 # read by the libraries
readonly DEPLOY_FOLDER WORK OUTPUT=$WORK/output EXIT_PREREQUISITE=3
trap 'rm -rf "$WORK"' EXIT

# shellcheck source=deploy/lib/log.sh
source "$DEPLOY_FOLDER/lib/log.sh"
# shellcheck source=deploy/lib/environment.sh
source "$DEPLOY_FOLDER/lib/environment.sh"
# shellcheck source=deploy/lib/lock.sh
source "$DEPLOY_FOLDER/lib/lock.sh"

# That of the last deployment; any that runs after a rollback, which leaves one.
version_in_service() {
  local running last=''
  running=$(driver_running)
  if [[ -r $STATE_FOLDER/last ]]; then
    last=$(sed -n 's/^set VERSION //p' "$STATE_FOLDER/deployments/$(<"$STATE_FOLDER/last")/journal")
  fi
  if grep -qxF -- "${last:-none}" <<<"$running"; then
    printf '%s' "$last"
  else
    head -n 1 <<<"$running"
  fi
}

main() {
  if [[ ${1:-} != staging && ${1:-} != production ]]; then
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2
    exit 2
  fi
  ENVIRONMENT=$1
  shift
  # A person, not the script of a deployment.
  export NCFD_ACTOR=${NCFD_ACTOR:-${USER:-unknown}}
  load_environment
  load_driver
  local version=${DEPLOY_VERSION:-$(version_in_service)}
  [[ -n $version ]] || missing "no version runs in $ENVIRONMENT" 'Name one: DEPLOY_VERSION=ID.'
  driver_check "$version"
  driver_cli "$version"
  "${NCFD[@]}" "$@"
}

main "$@"
