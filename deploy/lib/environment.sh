# shellcheck shell=bash
# Settings of an environment: KEY=VALUE lines, no code, no secrets. A value `file:PATH` names a file
# that nobody else may read; ncfd reads it when it needs it.

# shellcheck disable=SC2034 # read by steps and drivers
load_environment() {
  local folder=${DEPLOY_ENVIRONMENTS:-$DEPLOY_FOLDER/environments}
  local file=$folder/$ENVIRONMENT.env
  [[ -r $file ]] || missing "cannot read $file" 'Copy the one in deploy/environments.'
  local line
  while IFS= read -r line || [[ -n $line ]]; do
    [[ -z $line || $line == \#* ]] && continue
    [[ $line =~ ^([A-Z][A-Z0-9_]*)=(.*)$ ]] || missing "$file: not KEY=VALUE: $line"
    export "${BASH_REMATCH[1]}=${BASH_REMATCH[2]}"
  done <"$file"
  : "${DEPLOY_DRIVER:=process}" "${DEPLOY_HOME:=/var/lib/ncfd}" "${DEPLOY_WORKERS:=1}"
  : "${DEPLOY_RELEASES:=$DEPLOY_HOME/releases}" "${DEPLOY_BACKUPS:=$DEPLOY_HOME/backups}"
  : "${DEPLOY_RAMP:=5 25 100}" "${DEPLOY_RAMP_SECONDS:=60}" "${DEPLOY_PROBE_SECONDS:=120}"
  : "${DEPLOY_SMOKE:=smoke deployment --build-id {version\}}" "${DEPLOY_STOP_SECONDS:=100}" "${DEPLOY_LOCK_SECONDS:=120}"
  export TEMPORAL_DEPLOYMENT_NAME=${TEMPORAL_DEPLOYMENT_NAME:-ncfd-$ENVIRONMENT}
  # Nothing but what is named here: never a stack that happens to run on this machine.
  export NCFD_PROFILE=${NCFD_PROFILE:-$ENVIRONMENT}
  export NCFD_HOME=$DEPLOY_HOME/none NCFD_ACTOR=${NCFD_ACTOR:-deploy-$ENVIRONMENT}
  STATE_FOLDER=$DEPLOY_HOME/$ENVIRONMENT
  check_numbers
  check_secrets
}

check_numbers() {
  local name share last=0
  for name in DEPLOY_WORKERS DEPLOY_RAMP_SECONDS DEPLOY_PROBE_SECONDS DEPLOY_STOP_SECONDS; do
    [[ ${!name} =~ ^[0-9]{1,5}$ ]] || missing "$name is no whole number: ${!name}"
  done
  ((DEPLOY_WORKERS > 0)) || missing 'DEPLOY_WORKERS must be 1 or more'
  for share in $DEPLOY_RAMP; do
    if [[ ! $share =~ ^[0-9]{1,3}$ ]] || ((share <= last || share > 100)); then
      missing "DEPLOY_RAMP must grow, from 1 to 100: $DEPLOY_RAMP"
    fi
    last=$share
  done
}

check_secrets() {
  local name file mode
  for name in NCFD_DATABASE_URL NCFD_MIGRATOR_URL NCFD_READER_URL \
    NCFD_S3_ACCESS_KEY_ID NCFD_S3_SECRET_ACCESS_KEY; do
    [[ ${!name:-} == file:* ]] || continue
    file=${!name#file:}
    [[ -r $file ]] || missing "$name: cannot read $file" 'Put the secret there, mode 600.'
    mode=$(stat -L -c %a "$file")
    [[ $mode == *00 ]] || missing "$name: others may read $file (mode $mode)" "chmod 600 $file"
  done
}

# missing MESSAGE [HINT]: ends with "nothing was changed".
missing() {
  say "prerequisite: $1"
  [[ -z ${2:-} ]] || say "  hint: $2"
  log_event "${STEP:-prerequisites}" failed "$1"
  exit "$EXIT_PREREQUISITE"
}

load_driver() {
  local file=$DEPLOY_FOLDER/drivers/$DEPLOY_DRIVER.sh
  [[ $DEPLOY_DRIVER =~ ^[a-z]+$ && -r $file ]] ||
    missing "DEPLOY_DRIVER: there is no driver $DEPLOY_DRIVER" 'process or compose'
  # shellcheck source=deploy/drivers/process.sh
  source "$file"
}
