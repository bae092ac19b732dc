#!/usr/bin/env bash
# Keeps one command running: `keep.sh FOLDER COMMAND…`. When it ends by itself it is started again
# after a pause that doubles, and FOLDER/restarts counts it. TERM ends the command, and then this.
set -uo pipefail

readonly FOLDER=$1 PAUSE_MAX=30 STEADY_SECONDS=60
shift

stopping=false
child=''
times=0
pause=1

stop() {
  stopping=true
  [[ -z $child ]] || kill -TERM "$child" 2>/dev/null
}
trap stop TERM INT HUP

# The number and the beginning of this process, which together name no other one.
printf '%s %s\n' "$$" "$(TZ=UTC LC_ALL=C ps -o lstart= -p $$ | tr -s ' ')" >"$FOLDER/.keeper"
mv "$FOLDER/.keeper" "$FOLDER/keeper"

until $stopping; do
  began=$SECONDS
  "$@" &
  child=$!
  # A signal ends the wait, not the command.
  while kill -0 "$child" 2>/dev/null; do wait "$child"; done
  child=''
  $stopping && break
  times=$((times + 1))
  printf '%s\n' "$times" >"$FOLDER/restarts"
  ((SECONDS - began < STEADY_SECONDS)) || pause=1
  sleep "$pause" &
  wait $!
  pause=$((pause * 2 > PAUSE_MAX ? PAUSE_MAX : pause * 2))
done
rm -f "$FOLDER/keeper"
