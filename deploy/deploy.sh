#!/usr/bin/env bash
# Deploys a version of the worker, or takes it back.
#
# Usage: deploy/deploy.sh staging|production [VERSION] [--dry-run]
#        deploy/deploy.sh staging|production --rollback [--dry-run]
#        deploy/deploy.sh staging|production --finish [--dry-run]
#        deploy/deploy.sh staging|production --smoke
#
# VERSION is a build id; without it, that of this checkout. Steps, each of them recorded:
#   prerequisites  tools, environment, secrets, release, database, Temporal
#   backup         database and artifacts, verified
#   migrate        the expanding migrations; the version in service must still work
#   start          workers of the new version, beside the old ones
#   probe          until each of them is ready, and none is restarted again and again
#   register       until the server knows them
#   gate           histories replay and golden scores have the same bytes
#   ramp           a growing share of the new runs (DEPLOY_RAMP), watched
#   switch         all new runs
#   smoke          DEPLOY_SMOKE against the environment
#   drain          the old version stays for its runs and for a rollback; older ones end
#
# Any failure, and INT, TERM or HUP, rolls back: the version before takes the new runs and the runs
# in flight, and the new workers end. A deployment that was killed is taken up by the next call: the
# same version goes on where it stopped, another one rolls the unfinished one back first.
#
#   --rollback  takes back the deployment that is unfinished, else the last one
#   --finish    ends versions that have drained, and applies the contracting migrations when only
#               the current version is left; after that no deployment can be rolled back
#   --smoke     runs DEPLOY_SMOKE against the version in service
#   --dry-run   makes the same checks and changes nothing
#
# Settings come from deploy/environments/<environment>.env (or the folder DEPLOY_ENVIRONMENTS).
# Words go to standard error, the summary to standard output, and one JSON line for each event to
# <DEPLOY_HOME>/<environment>/deployments/<id>/log.jsonl.
#
# Exit codes:
#   0    done, or nothing to do
#   1    failed and rolled back; the version before is in service (--smoke: the test failed)
#   2    wrong use
#   3    a prerequisite is missing; nothing was changed
#   4    another deployment of this environment is running
#   5    the rollback is incomplete: a person is needed, the message says for what
#   130  interrupted and rolled back
set -Eeuo pipefail
umask 077
export TZ=UTC LC_ALL=C

DEPLOY_FOLDER=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CHECKOUT=$(dirname "$DEPLOY_FOLDER")
readonly DEPLOY_FOLDER CHECKOUT
readonly STEPS=(prerequisites backup migrate start probe register gate ramp switch smoke drain)
readonly EXIT_FAILED=1 EXIT_USAGE=2 EXIT_PREREQUISITE=3 EXIT_LOCKED=4 EXIT_INCOMPLETE=5
readonly EXIT_INTERRUPTED=130

ENVIRONMENT='' VERSION='' MODE=deploy DRY_RUN=false

# shellcheck source=deploy/lib/log.sh
source "$DEPLOY_FOLDER/lib/log.sh"
# shellcheck source=deploy/lib/environment.sh
source "$DEPLOY_FOLDER/lib/environment.sh"
# shellcheck source=deploy/lib/lock.sh
source "$DEPLOY_FOLDER/lib/lock.sh"
# shellcheck source=deploy/lib/journal.sh
source "$DEPLOY_FOLDER/lib/journal.sh"
# shellcheck source=deploy/lib/versions.sh
source "$DEPLOY_FOLDER/lib/versions.sh"
# shellcheck source=deploy/lib/steps.sh
source "$DEPLOY_FOLDER/lib/steps.sh"
# shellcheck source=deploy/lib/plan.sh
source "$DEPLOY_FOLDER/lib/plan.sh"
# shellcheck source=deploy/lib/rollback.sh
source "$DEPLOY_FOLDER/lib/rollback.sh"

usage() {
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
}

wrong_use() {
  say "wrong use: $1"
  say "  hint: deploy/deploy.sh --help"
  exit "$EXIT_USAGE"
}

parse_arguments() {
  local words=()
  while (($# > 0)); do
    case $1 in
      -h | --help)
        usage
        exit 0
        ;;
      --dry-run) DRY_RUN=true ;;
      --rollback | --finish | --smoke)
        [[ $MODE == deploy ]] || wrong_use "--$MODE and $1 exclude each other"
        MODE=${1#--}
        ;;
      -*) wrong_use "there is no option $1" ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  ((${#words[@]} > 0)) || wrong_use 'no environment was given'
  ((${#words[@]} <= 2)) || wrong_use "too many words: ${words[*]}"
  ENVIRONMENT=${words[0]}
  VERSION=${words[1]:-}
  [[ $ENVIRONMENT == staging || $ENVIRONMENT == production ]] ||
    wrong_use "there is no environment $ENVIRONMENT: staging or production"
  [[ -z $VERSION || $VERSION =~ ^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$ ]] ||
    wrong_use "$VERSION is no build id"
  [[ -z $VERSION || $MODE == deploy ]] || wrong_use "--$MODE takes no version"
}

# Takes up what an earlier call left: goes on with the same version, rolls back another one.
take_up_unfinished() {
  local left
  left=$(unfinished_deployment)
  [[ -n $left ]] || return 0
  local asked=$VERSION
  open_journal "$left"
  say "deployment $left of version $VERSION was left unfinished at step $(last_step)"
  if journal_has rolling-back || [[ $MODE == rollback || $asked != "$VERSION" ]]; then
    if $DRY_RUN; then
      say 'it would be rolled back first'
      return 0
    fi
    say 'it is rolled back'
    log_event resume rollback "left at step $(last_step)"
    roll_back 'an earlier call was killed'
    [[ $MODE == deploy && $asked != "$VERSION" ]] || end_with "$EXIT_FAILED"
    close_journal
    VERSION=$asked
  elif $DRY_RUN; then
    say "it would be resumed after: $(steps_done)"
  else
    say "it is resumed; done already: $(steps_done)"
    log_event resume started "left at step $(last_step)"
  fi
}

main_deploy() {
  resolve_version
  take_up_unfinished
  if $DRY_RUN; then
    plan_deployment
    return
  fi
  [[ -n $DEPLOYMENT ]] || begin_deployment
  local step
  for step in "${STEPS[@]}"; do
    # What a resumed call needs is looked at again, however far the first one came.
    if step_is_done "$step" && [[ $step != prerequisites ]]; then continue; fi
    run_step "$step"
  done
  end_deployment succeeded
  summary deployed
}

main() {
  parse_arguments "$@"
  load_environment
  load_driver
  take_lock
  trap on_exit EXIT
  trap 'on_signal INT' INT
  trap 'on_signal TERM' TERM
  trap 'on_signal HUP' HUP
  case $MODE in
    deploy) main_deploy ;;
    rollback) main_rollback ;;
    finish) main_finish ;;
    smoke) main_smoke ;;
  esac
}

main "$@"
