# shellcheck shell=bash
# What a deployment says: words for people, one JSON line for each event.

LOG_FILE=''
STEP=''

say() {
  printf '%s\n' "$*" >&2
}

now() {
  printf '%(%Y-%m-%dT%H:%M:%SZ)T' -1
}

json_text() {
  local text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  text=${text//$'\r'/\\r}
  text=${text//$'\t'/\\t}
  printf '"%s"' "${text//[[:cntrl:]]/ }"
}

# log_event STEP EVENT [MESSAGE [SECONDS]]
log_event() {
  [[ -n $LOG_FILE ]] || return 0
  printf '{"time":"%s","deployment":%s,"environment":"%s","version":%s,"step":"%s","event":"%s","seconds":%s,"message":%s}\n' \
    "$(now)" "$(json_text "$DEPLOYMENT")" "$ENVIRONMENT" "$(json_text "$VERSION")" \
    "$1" "$2" "${4:-null}" "$(json_text "${3:-}")" >>"$LOG_FILE"
}

# Says something about the step that is running, and logs it.
note() {
  say "  $*"
  log_event "${STEP:-deployment}" note "$*"
}
