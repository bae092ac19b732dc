# shellcheck shell=bash
# What a deployment has done, a line for each fact, so that another call can go on:
#   set NAME VALUE | begun STEP | done STEP SECONDS | rolling-back REASON | ended HOW
# `unfinished` names the deployment that has begun to change things and has not ended.

DEPLOYMENT='' PREVIOUS=''
JOURNAL='' LINES_OF_JOURNAL=()

begin_deployment() {
  DEPLOYMENT=$(printf '%(%Y%m%dT%H%M%SZ)T' -1)-$VERSION
  mkdir -p "$STATE_FOLDER/deployments/$DEPLOYMENT"
  JOURNAL=$STATE_FOLDER/deployments/$DEPLOYMENT/journal
  LOG_FILE=$STATE_FOLDER/deployments/$DEPLOYMENT/log.jsonl
  LINES_OF_JOURNAL=()
  record set VERSION "$VERSION"
  log_event deployment started "$VERSION to $ENVIRONMENT"
}

# Written once the prerequisites hold: from here on a kill leaves something to take up.
mark_unfinished() {
  printf '%s\n' "$DEPLOYMENT" >"$STATE_FOLDER/.unfinished"
  mv "$STATE_FOLDER/.unfinished" "$STATE_FOLDER/unfinished"
}

unfinished_deployment() {
  [[ -r $STATE_FOLDER/unfinished ]] || return 0
  cat "$STATE_FOLDER/unfinished"
}

open_journal() {
  DEPLOYMENT=$1
  JOURNAL=$STATE_FOLDER/deployments/$DEPLOYMENT/journal
  LOG_FILE=$STATE_FOLDER/deployments/$DEPLOYMENT/log.jsonl
  if ! $DRY_RUN; then
    # A line that the kill has cut counts for nothing, and must not swallow the next one.
    [[ -z $(tail -c 1 "$JOURNAL") ]] || printf '\n' >>"$JOURNAL"
  else
    LOG_FILE=''
  fi
  mapfile -t LINES_OF_JOURNAL <"$JOURNAL"
  VERSION=$(recalled VERSION)
  PREVIOUS=$(recalled PREVIOUS)
}

close_journal() {
  DEPLOYMENT='' PREVIOUS='' JOURNAL='' LOG_FILE='' LINES_OF_JOURNAL=()
}

record() {
  LINES_OF_JOURNAL+=("$*")
  $DRY_RUN || printf '%s\n' "$*" >>"$JOURNAL"
}

recalled() {
  local line found=''
  for line in "${LINES_OF_JOURNAL[@]}"; do
    [[ $line != "set $1 "* ]] || found=${line#"set $1 "}
  done
  printf '%s' "$found"
}

# journal_has WORDS…: whether a line begins with them.
journal_has() {
  local line
  for line in "${LINES_OF_JOURNAL[@]}"; do
    [[ "$line " != "$* "* ]] || return 0
  done
  return 1
}

step_is_done() {
  journal_has 'done' "$1"
}

last_step() {
  local line found=none
  for line in "${LINES_OF_JOURNAL[@]}"; do
    [[ $line != begun\ * ]] || found=${line#begun }
  done
  printf '%s' "$found"
}

steps_done() {
  local line names=()
  for line in "${LINES_OF_JOURNAL[@]}"; do
    [[ $line =~ ^done\ ([^ ]+) ]] && names+=("${BASH_REMATCH[1]}")
  done
  printf '%s' "${names[*]:-nothing}"
}

end_deployment() {
  record ended "$1"
  log_event deployment "$1" "$VERSION"
  rm -f "$STATE_FOLDER/unfinished"
  [[ $1 != succeeded ]] || printf '%s\n' "$DEPLOYMENT" >"$STATE_FOLDER/last"
}

summary() {
  local line times=()
  for line in "${LINES_OF_JOURNAL[@]}"; do
    [[ $line =~ ^done\ ([a-z]+)\ ([0-9]+)$ ]] && times+=("${BASH_REMATCH[1]} ${BASH_REMATCH[2]}s")
  done
  printf 'deployment  %s\n' "$DEPLOYMENT"
  printf 'outcome     %s\n' "$1"
  printf 'environment %s\n' "$ENVIRONMENT"
  printf 'version     %s\n' "$VERSION"
  printf 'before      %s\n' "${PREVIOUS:-none}"
  printf 'backup      %s\n' "$(recalled BACKUP)"
  printf 'steps       %s\n' "${times[*]}"
  printf 'log         %s\n' "$LOG_FILE"
}
