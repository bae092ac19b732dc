# shellcheck shell=bash
# Driver: workers are plain processes of this machine, started from <DEPLOY_RELEASES>/<version>.
# keep.sh keeps each of them running. A driver defines:
#   driver_check VERSION     ends with "prerequisite: …" unless the version can be started here
#   driver_cli VERSION       sets the array NCFD to the command line of the version
#   driver_start VERSION     starts what does not run of DEPLOY_WORKERS workers
#   driver_ready VERSION     whether each of them is ready
#   driver_reasons VERSION   why not, in words
#   driver_url VERSION       where one of them serves its probes
#   driver_restarts VERSION  how often they have ended by themselves
#   driver_running           versions that have workers
#   driver_stop VERSION      ends them: what they hold is finished or given back

driver_check() {
  local root
  root=$(release_root "$1")
  [[ -r $root/bin/ncfd.cjs && -r $root/dist/cli/main.js ]] ||
    missing "there is no release $root" "deploy/release.sh $DEPLOY_RELEASES makes that of a checkout."
  [[ ${NCFD_LOG_LEVEL:-info} =~ ^(info|debug|trace)$ ]] ||
    missing "NCFD_LOG_LEVEL is $NCFD_LOG_LEVEL: the address of a worker's probe is told at level info"
}

release_root() {
  printf '%s/%s' "$DEPLOY_RELEASES" "$1"
}

# shellcheck disable=SC2034 # read by the caller
driver_cli() {
  NCFD=(node "$(release_root "$1")/bin/ncfd.cjs")
}

workers_folder() {
  printf '%s/workers/%s' "$STATE_FOLDER" "$1"
}

driver_start() {
  local n folder root
  root=$(release_root "$1")
  for ((n = 1; n <= DEPLOY_WORKERS; n++)); do
    folder=$(workers_folder "$1")/$n
    if keeper_lives "$folder"; then continue; fi
    mkdir -p "$folder"
    rm -f "$folder/keeper" "$folder/restarts"
    [[ ! -e $folder/log ]] || mv "$folder/log" "$folder/log.before"
    # A session of its own, without the lock: it outlives this deployment.
    # Free ports, as versions run side by side.
    TEMPORAL_WORKER_BUILD_ID=$1 NCFD_HEALTH_PORT=0 NCFD_TEMPORAL_METRICS_PORT=0 setsid bash "$DEPLOY_FOLDER/drivers/keep.sh" "$folder" \
      node "$root/bin/ncfd.cjs" worker </dev/null >>"$folder/log" 2>&1 9>&- &
    wait_for_file "$folder/keeper" || return 1
  done
}

wait_for_file() {
  local n
  for ((n = 0; n < 100; n++)); do
    [[ ! -s $1 ]] || return 0
    sleep 0.1
  done
  note "keep.sh did not start: see $(dirname "$1")/log"
  return 1
}

keeper_lives() {
  local pid identity
  [[ -s $1/keeper ]] || return 1
  read -r pid identity <"$1/keeper" || return 1
  process_lives "$pid" "$identity"
}

driver_ready() {
  local n folder url
  for ((n = 1; n <= DEPLOY_WORKERS; n++)); do
    folder=$(workers_folder "$1")/$n
    keeper_lives "$folder" || return 1
    url=$(probe_url "$folder")
    [[ -n $url ]] && curl -fsS --max-time 3 "$url/readyz" >"$OUTPUT" 2>&1 || return 1
  done
}

# A worker tells its address when it begins; the last one in the log is that of the process now.
probe_url() {
  [[ -r $1/log ]] || return 0
  grep -o '"health":"http://[^"]*"' "$1/log" | tail -n 1 | cut -d '"' -f 4 || true
}

driver_url() {
  probe_url "$(workers_folder "$1")/1"
}

driver_reasons() {
  local n folder url
  for ((n = 1; n <= DEPLOY_WORKERS; n++)); do
    folder=$(workers_folder "$1")/$n
    url=$(probe_url "$folder")
    if ! keeper_lives "$folder"; then
      printf 'worker %s does not run; ' "$n"
    elif [[ -n $url ]] && curl -sS --max-time 3 "$url/readyz" 2>/dev/null | tr -d '\n'; then
      printf '; '
    else
      printf 'worker %s: %s; ' "$n" "$(tail -n 1 "$folder/log" | cut -c 1-300)"
    fi
  done
}

driver_restarts() {
  local file times sum=0
  for file in "$(workers_folder "$1")"/*/restarts; do
    [[ -r $file ]] || continue
    read -r times <"$file" || times=0
    sum=$((sum + times))
  done
  printf '%s' "$sum"
}

driver_running() {
  local folder last=''
  for folder in "$STATE_FOLDER"/workers/*/*; do
    keeper_lives "$folder" || continue
    folder=$(basename "$(dirname "$folder")")
    [[ $folder == "$last" ]] || printf '%s\n' "$folder"
    last=$folder
  done
}

driver_stop() {
  local folder pid deadline=$((SECONDS + DEPLOY_STOP_SECONDS))
  for folder in "$(workers_folder "$1")"/*; do
    keeper_lives "$folder" || continue
    read -r pid _ <"$folder/keeper"
    kill -TERM "$pid"
  done
  for folder in "$(workers_folder "$1")"/*; do
    while keeper_lives "$folder"; do
      if ((SECONDS >= deadline)); then
        read -r pid _ <"$folder/keeper"
        note "worker $(basename "$folder") of $1 does not end: killed"
        kill -KILL -- "-$pid"
      fi
      sleep 0.2
    done
  done
}
