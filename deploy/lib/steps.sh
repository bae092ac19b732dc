# shellcheck shell=bash
# The steps of a deployment. Each may be given again after a kill: it finds what is done already.

# Ends of a worker within one deployment after which it is taken for one that cannot stay up.
readonly CRASHES_MAX=3
readonly TOOLS=(awk curl flock node ps stat tail)

CHILD=''
WORK=$(mktemp -d)
readonly WORK OUTPUT=$WORK/output ERRORS=$WORK/errors

run_step() {
  STEP=$1
  local began=$SECONDS
  record begun "$STEP"
  say "$STEP"
  log_event "$STEP" started
  "step_$STEP"
  record 'done' "$STEP" "$((SECONDS - began))"
  log_event "$STEP" 'done' '' "$((SECONDS - began))"
  STEP=''
}

fail() {
  note "$*"
  return 1
}

# Runs a command so that a signal to this process is dealt with at once, not when the command ends.
# Only the command writes to OUTPUT: the way back after a signal begins here, and must be heard.
run() {
  local status=0
  "$@" >"$OUTPUT" 2>&1 &
  CHILD=$!
  wait "$CHILD" || status=$?
  CHILD=''
  return "$status"
}

# ncfd_step VERSION WORDS…: the command line of a version, with its words as notes of the step.
ncfd_step() {
  local status=0 line
  driver_cli "$1"
  shift
  run "${NCFD[@]}" "$@" || status=$?
  while IFS= read -r line || [[ -n $line ]]; do note "$line"; done <"$OUTPUT"
  ((status == 0)) || note "ncfd $* ended with $status"
  return "$status"
}

# The same for short questions, with the answer on standard output.
driver_ncfd() {
  driver_cli "$1"
  shift
  "${NCFD[@]}" "$@"
}

step_prerequisites() {
  local table current
  check_tools
  driver_check "$VERSION"
  check_settings
  check_database
  table=$(versions_table "$VERSION") || missing 'Temporal does not answer' "$(hint_of "$ERRORS")"
  current=$(current_version "$table")
  if [[ $current == "$VERSION" ]] && ! journal_has begun switch; then nothing_to_do; fi
  if ! journal_has begun backup; then
    PREVIOUS=$current
    record set PREVIOUS "$PREVIOUS"
  fi
  [[ -z $PREVIOUS ]] || driver_check "$PREVIOUS"
  note "in service: ${PREVIOUS:-none}"
  $DRY_RUN || mark_unfinished
}

check_tools() {
  local tool
  ((BASH_VERSINFO[0] >= 5)) || missing "bash 5 is needed, this is $BASH_VERSION"
  for tool in "${TOOLS[@]}"; do
    command -v "$tool" >"$OUTPUT" || missing "$tool is not installed"
  done
}

# A worker would refuse them at its start.
check_settings() {
  driver_ncfd "$VERSION" config validate --for worker >"$OUTPUT" 2>"$ERRORS" ||
    missing "settings: $(tr -s '\n ' ' ' <"$ERRORS")"
}

check_database() {
  driver_ncfd "$VERSION" migrate status --output csv >"$WORK/migrations" 2>"$ERRORS" ||
    missing "the database: $(head -n 1 "$ERRORS")" "$(hint_of "$ERRORS")"
}

hint_of() {
  sed -n 's/^ *hint: //p' "$1" | head -n 1
}

nothing_to_do() {
  say "$VERSION is in service already"
  $DRY_RUN || end_deployment unchanged
  exit 0
}

# Names of the expanding migrations that are missing, as the prerequisites have seen it.
pending_expansions() {
  awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["phase"] == "expand" && $at["appliedAt"] == "" { printf "%s%s", sep, $at["name"]; sep = " " }
  ' "$WORK/migrations"
}

schema_is_there() {
  [[ -n $(csv_column '' appliedAt <"$WORK/migrations" | tr -d '\n') ]]
}

step_backup() {
  local place
  if ! schema_is_there; then
    note 'the database has no schema yet: there is nothing to save'
    return 0
  fi
  # A place of its own for each attempt: what a killed one left behind is no backup.
  place=$DEPLOY_BACKUPS/$DEPLOYMENT-$(printf '%(%H%M%S)T' -1)
  ncfd_step "$VERSION" backup create "$place"
  ncfd_step "$VERSION" backup verify "$place"
  record set BACKUP "$place"
}

step_migrate() {
  [[ -n $(recalled MIGRATIONS) ]] || record set MIGRATIONS "$(pending_expansions)"
  ncfd_step "$VERSION" migrate up --phase expand
  [[ -z $PREVIOUS ]] || schema_serves "$PREVIOUS"
}

# Whether a version can work on the schema as it is now.
schema_serves() {
  local well
  well=$(driver_ncfd "$1" doctor --output csv 2>"$ERRORS" | csv_column database well) || true
  [[ $well == true ]] || fail "version $1, which is in service, cannot work on the new schema"
}

step_start() {
  driver_start "$VERSION"
  note "$DEPLOY_WORKERS worker(s) of $VERSION started"
}

step_probe() {
  local deadline=$((SECONDS + DEPLOY_PROBE_SECONDS))
  until driver_ready "$VERSION"; do
    must_stay_up 0
    ((SECONDS < deadline)) || fail "not ready after $DEPLOY_PROBE_SECONDS s: $(driver_reasons "$VERSION")"
    run sleep 1
  done
  record set RESTARTS "$(driver_restarts "$VERSION")"
  note "$DEPLOY_WORKERS worker(s) ready"
}

# must_stay_up BEFORE: fails when workers have ended too often since they had ended BEFORE times.
must_stay_up() {
  local times
  times=$(driver_restarts "$VERSION")
  ((times - $1 < CRASHES_MAX)) ||
    fail "workers of $VERSION ended $times times: crash loop; $(driver_reasons "$VERSION")"
}

step_register() {
  ncfd_step "$VERSION" deploy register "$VERSION" --timeout "$DEPLOY_PROBE_SECONDS"
}

step_gate() {
  ncfd_step "$VERSION" deploy gate "$VERSION"
}

step_ramp() {
  local share
  if [[ -z $PREVIOUS ]]; then
    note 'the first version: there is none to share with'
    return 0
  fi
  for share in $DEPLOY_RAMP; do
    if step_is_done "ramp-$share"; then continue; fi
    ncfd_step "$VERSION" deploy ramp "$VERSION" "$share"
    watch_version "$DEPLOY_RAMP_SECONDS"
    record 'done' "ramp-$share"
  done
}

# watch_version SECONDS: every worker stays ready, and none ends.
watch_version() {
  local until=$((SECONDS + $1)) before
  before=$(recalled RESTARTS)
  while true; do
    (($(driver_restarts "$VERSION") == ${before:-0})) || fail "a worker of $VERSION has ended: $(driver_reasons "$VERSION")"
    driver_ready "$VERSION" || fail "a worker of $VERSION is not ready: $(driver_reasons "$VERSION")"
    ((SECONDS < until)) || return 0
    run sleep 1
  done
}

step_switch() {
  ncfd_step "$VERSION" deploy promote "$VERSION"
}

step_smoke() {
  smoke_test "$VERSION"
  watch_version 0
}

# The verdict "degraded" passes, with its reason among the notes: the version does its work, and what is
# short (connections, space) is short without it as well, so that going back would not mend it.
smoke_test() {
  local words
  read -ra words <<<"$(smoke_words "$1")"
  if NCFD_WORKER_URL=$(driver_url "$1") ncfd_step "$1" "${words[@]}"; then return 0; fi
  grep -qx degraded "$OUTPUT" || return 1
  note "$1 works; what is degraded is for a person to look at"
}

# Of the version in service, at any time.
main_smoke() {
  local asked table current
  asked=$(driver_running)
  asked=${asked%%$'\n'*}
  [[ -n $asked ]] || missing "no version runs in $ENVIRONMENT"
  table=$(versions_table "$asked") || missing 'Temporal does not answer' "$(hint_of "$ERRORS")"
  current=$(current_version "$table")
  [[ -n $current ]] || missing 'no version takes new runs'
  say "$current: ncfd $(smoke_words "$current")"
  ! $DRY_RUN || return 0
  smoke_test "$current" || {
    say 'the smoke test failed'
    exit "$EXIT_FAILED"
  }
}

smoke_words() {
  printf '%s' "${DEPLOY_SMOKE//\{version\}/$1}"
}

# The new version is in service: what fails here is told and undoes nothing.
step_drain() {
  end_drained "$PREVIOUS" || note 'versions that have drained could not be ended'
  ncfd_step "$VERSION" deploy prune || note 'versions that have drained could not be removed'
  [[ -z $PREVIOUS ]] || note "$PREVIOUS keeps running for its runs, and for a rollback"
}

# end_drained KEPT: ends the workers of versions that no run needs, but for this one and KEPT.
end_drained() {
  local table one status runs
  table=$(versions_table "$VERSION") || return 1
  for one in $(driver_running); do
    [[ $one != "$VERSION" && $one != "$1" ]] || continue
    status=$(csv_column "$one" status <<<"$table")
    runs=$(csv_column "$one" runsInFlight <<<"$table")
    if [[ -z $status || ($status =~ ^(drained|inactive)$ && $runs == 0) ]]; then
      driver_stop "$one"
      note "$one has drained and was ended"
    else
      note "$one is $status with ${runs:-?} run(s) in flight and stays"
    fi
  done
}
