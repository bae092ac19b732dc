# shellcheck shell=bash
# The way back: after a failure, after a signal, after a kill, or because somebody asks for it.

# A rollback is tried again: what broke the deployment may have been in its way as well.
readonly ROLLBACK_ATTEMPTS=3

SIGNAL=''
INCOMPLETE=()

on_signal() {
  SIGNAL=$1
  exit "$EXIT_INTERRUPTED"
}

on_exit() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  set +e
  stop_child
  if ((status != 0)) && ! $DRY_RUN && [[ -n $DEPLOYMENT ]] && ! journal_has ended; then
    after_failure "$status"
    status=$?
  fi
  rm -rf "$WORK"
  release_lock
  exit "$status"
}

after_failure() {
  local reason="step ${STEP:-between steps} failed"
  [[ -z $SIGNAL ]] || reason="interrupted by $SIGNAL at step ${STEP:-between steps}"
  log_event "${STEP:-deployment}" failed "$reason"
  if [[ ${STEP:-prerequisites} == prerequisites ]] && ! journal_has begun backup; then
    say "$reason; nothing was changed"
    end_deployment refused
    [[ -z $SIGNAL ]] || return "$EXIT_INTERRUPTED"
    return "$1"
  fi
  say "$reason; rolling back (signals are ignored until it is done)"
  roll_back "$reason"
  outcome
}

# Exit code of a rollback that is done.
outcome() {
  ((${#INCOMPLETE[@]} == 0)) || return "$EXIT_INCOMPLETE"
  [[ -z $SIGNAL ]] || return "$EXIT_INTERRUPTED"
  return "$EXIT_FAILED"
}

stop_child() {
  [[ -n $CHILD ]] || return 0
  kill -TERM "$CHILD" 2>/dev/null
  wait "$CHILD" 2>/dev/null
  CHILD=''
}

# roll_back REASON: each part may be given again, so a rollback that is killed is taken up too.
roll_back() {
  STEP=rollback
  trap '' INT TERM HUP
  set +e
  local began=$SECONDS
  record rolling-back "$1"
  log_event rollback started "$1"
  attempt return_schema 'the migrations of this deployment could not be taken back'
  attempt return_traffic "version ${PREVIOUS:-before} does not take the new runs"
  attempt end_workers "workers of $VERSION could not be ended"
  if ((${#INCOMPLETE[@]} == 0)); then
    end_deployment rolled-back
    log_event rollback 'done' '' "$((SECONDS - began))"
    summary "rolled back: $1"
  else
    log_event rollback failed "${INCOMPLETE[*]}"
    say "THE ROLLBACK IS INCOMPLETE: ${INCOMPLETE[*]}"
    say "  hint: deploy/runbooks/rollback-incomplete.md; the next call tries again"
    summary "rollback incomplete: $1"
  fi
  STEP=''
}

# attempt COMMAND PROBLEM
attempt() {
  local n
  for ((n = 1; n <= ROLLBACK_ATTEMPTS; n++)); do
    "$1" && return 0
    sleep 1
  done
  INCOMPLETE+=("$2;")
}

# Before a worker of the new version has run, nothing needs the new schema. Afterwards it stays: the
# old version works on it, as step migrate has checked.
return_schema() {
  local names name count=0
  journal_has begun start && return 0
  names=" $(recalled MIGRATIONS) "
  [[ $names =~ [a-z0-9] ]] || return 0
  driver_ncfd "$VERSION" migrate status --output csv >"$WORK/migrations" 2>"$ERRORS" || return 1
  for name in $names; do
    [[ -z $(csv_column "$name" appliedAt <"$WORK/migrations") ]] || count=$((count + 1))
  done
  ((count > 0)) || return 0
  ncfd_step "$VERSION" migrate down --count "$count" --yes
}

# The command line of the version before does this: the new one may be what is broken.
return_traffic() {
  journal_has begun ramp || journal_has begun switch || return 0
  if [[ -z $PREVIOUS ]]; then
    note "there is no version before: new runs wait until one is deployed"
    return 0
  fi
  driver_start "$PREVIOUS" || return 1
  wait_ready "$PREVIOUS" || return 1
  ncfd_step "$PREVIOUS" deploy rollback --to "$PREVIOUS"
}

wait_ready() {
  local deadline=$((SECONDS + DEPLOY_PROBE_SECONDS))
  until driver_ready "$1"; do
    if ((SECONDS >= deadline)); then
      note "$1 is not ready: $(driver_reasons "$1")"
      return 1
    fi
    sleep 1
  done
}

end_workers() {
  # Whose traffic could not be taken back must go on.
  ((${#INCOMPLETE[@]} == 0)) || return 0
  driver_stop "$VERSION" && note "workers of $VERSION have ended"
}

main_rollback() {
  take_up_unfinished
  local last=''
  [[ ! -r $STATE_FOLDER/last ]] || last=$(<"$STATE_FOLDER/last")
  [[ -n $last ]] || missing "there is no deployment to $ENVIRONMENT to take back"
  open_journal "$last"
  journal_has finished && missing "$last was finished: the version before is gone" \
    'Deploy an earlier version anew, or restore a backup.'
  [[ -n $PREVIOUS ]] || missing "$last was the first: there is no version before"
  driver_check "$PREVIOUS"
  if $DRY_RUN; then
    say "would make $PREVIOUS current again and end the workers of $VERSION"
    return 0
  fi
  mark_unfinished
  roll_back 'asked for'
  ((${#INCOMPLETE[@]} == 0)) || exit "$EXIT_INCOMPLETE"
  rm -f "$STATE_FOLDER/last"
}

# Ends what the last deployment has kept. From here on there is no way back but a backup.
main_finish() {
  local last=''
  [[ -z $(unfinished_deployment) ]] || missing "$(unfinished_deployment) is unfinished" \
    'Resume it or roll it back first.'
  [[ ! -r $STATE_FOLDER/last ]] || last=$(<"$STATE_FOLDER/last")
  [[ -n $last ]] || missing "there is no deployment to $ENVIRONMENT to finish"
  open_journal "$last"
  STEP=finish
  if $DRY_RUN; then
    note "running: $(driver_running | tr '\n' ' ')"
    ncfd_step "$VERSION" migrate up --phase contract --dry-run
    return 0
  fi
  end_drained ''
  if [[ $(driver_running) != "$VERSION" ]]; then
    note 'older versions still have runs: the schema is contracted when they have ended'
    STEP=''
    return 0
  fi
  record finished
  ncfd_step "$VERSION" migrate up --phase contract
  STEP=''
}

end_with() {
  ((${#INCOMPLETE[@]} == 0)) || exit "$EXIT_INCOMPLETE"
  [[ $MODE != rollback ]] || exit 0
  exit "$1"
}
