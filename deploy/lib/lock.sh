# shellcheck shell=bash
# One deployment of an environment at a time. The kernel holds the lock for this process and for the
# commands that it has started, so it can neither be left behind nor be taken while the last command
# of a deployment that was killed still runs. The file names the holder, for people.

LOCK_FILE=''

take_lock() {
  LOCK_FILE=$STATE_FOLDER/lock
  if $DRY_RUN; then
    [[ -e $LOCK_FILE ]] || return 0
    exec 9<"$LOCK_FILE"
  else
    mkdir -p "$STATE_FOLDER" || missing "cannot write $STATE_FOLDER" 'Set DEPLOY_HOME.'
    exec 9>>"$LOCK_FILE"
  fi
  flock -n 9 || wait_for_lock
  local holder
  holder=$(lock_holder)
  [[ -z $holder ]] || say "the lock was left by process $holder, which is gone"
  $DRY_RUN || printf '%s %s\n' "$$" "$(process_identity $$)" >"$LOCK_FILE"
}

wait_for_lock() {
  local holder
  holder=$(lock_holder)
  if [[ -z $holder ]] || holder_lives; then
    say "another deployment to $ENVIRONMENT is running (process ${holder:-unknown})"
    say "  hint: wait for it, or look at $STATE_FOLDER/deployments"
    exit "$EXIT_LOCKED"
  fi
  say "process $holder is gone; waiting for the command that it had started"
  flock -w "$DEPLOY_LOCK_SECONDS" 9 && return 0
  say "that command still runs after $DEPLOY_LOCK_SECONDS s: see fuser $LOCK_FILE"
  exit "$EXIT_LOCKED"
}

lock_holder() {
  local pid=''
  read -r pid _ <"$LOCK_FILE" || true
  printf '%s' "$pid"
}

holder_lives() {
  local pid identity
  read -r pid identity <"$LOCK_FILE" || return 1
  process_lives "$pid" "$identity"
}

release_lock() {
  $DRY_RUN || : >"$LOCK_FILE"
}

# When a process began: with its number, the same for no two processes.
process_identity() {
  ps -o lstart= -p "$1" 2>/dev/null | tr -s ' ' || true
}

# process_lives PID IDENTITY
process_lives() {
  [[ -n $2 && "$(process_identity "$1")" == "$2" ]]
}
