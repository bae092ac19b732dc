# shellcheck shell=bash
# Driver: workers are containers of <DEPLOY_IMAGE>:<version>, one compose project per version. See
# process.sh for what a driver defines. Secrets stay in the files of DEPLOY_SECRETS_DIR, which the
# containers see at the same path; user 10001 must be able to read them.

readonly COMPOSE_FILE=$DEPLOY_FOLDER/docker/compose.yml

driver_check() {
  command -v docker >"$OUTPUT" || missing 'docker is not installed'
  docker compose version >"$OUTPUT" 2>&1 || missing 'docker compose is not installed'
  [[ -n ${DEPLOY_IMAGE:-} ]] || missing 'DEPLOY_IMAGE is not set'
  [[ -d ${DEPLOY_SECRETS_DIR:-} ]] || missing "DEPLOY_SECRETS_DIR is no folder: ${DEPLOY_SECRETS_DIR:-}"
  docker image inspect "$DEPLOY_IMAGE:$1" >"$OUTPUT" 2>&1 ||
    missing "there is no image $DEPLOY_IMAGE:$1" "docker pull $DEPLOY_IMAGE:$1"
}

# shellcheck disable=SC2034 # read by the caller
driver_cli() {
  write_worker_env
  NCFD=(docker run --rm --read-only --network host --env-file "$WORK/worker.env"
    --volume "$DEPLOY_SECRETS_DIR:$DEPLOY_SECRETS_DIR:ro" "$DEPLOY_IMAGE:$1")
}

# What the containers get of the environment.
write_worker_env() {
  local name
  for name in $(compgen -e); do
    [[ $name == NCFD_* || $name == TEMPORAL_* ]] || continue
    [[ $name == NCFD_HOME ]] || printf '%s=%s\n' "$name" "${!name}"
  done >"$WORK/worker.env"
}

compose() {
  local version=$1
  shift
  export DEPLOY_IMAGE DEPLOY_SECRETS_DIR DEPLOY_WORKERS ENVIRONMENT
  DEPLOY_VERSION=$version DEPLOY_WORKER_ENV=$WORK/worker.env docker compose \
    --project-name "ncfd-$ENVIRONMENT-${version,,}" --file "$COMPOSE_FILE" "$@"
}

driver_start() {
  write_worker_env
  compose "$1" up --detach --no-recreate --scale "worker=$DEPLOY_WORKERS"
}

containers_of() {
  docker ps --quiet --filter "label=ncfd.environment=$ENVIRONMENT" --filter "label=ncfd.version=$1"
}

driver_ready() {
  local ready
  ready=$(docker ps --quiet --filter health=healthy --filter "label=ncfd.environment=$ENVIRONMENT" \
    --filter "label=ncfd.version=$1" | wc -l)
  ((ready >= DEPLOY_WORKERS))
}

# From the host's network, which is that of the command line too.
driver_url() {
  local id
  id=$(containers_of "$1")
  id=${id%%$'\n'*}
  [[ -z $id ]] || docker inspect --format \
    "{{range .NetworkSettings.Networks}}http://{{.IPAddress}}:${NCFD_HEALTH_PORT:-9464}{{end}}" "$id"
}

driver_reasons() {
  docker ps --all --filter "label=ncfd.environment=$ENVIRONMENT" --filter "label=ncfd.version=$1" \
    --format '{{.Names}}: {{.Status}}' | tr '\n' ';'
}

driver_restarts() {
  local id times sum=0
  for id in $(containers_of "$1"); do
    times=$(docker inspect --format '{{.RestartCount}}' "$id")
    sum=$((sum + times))
  done
  printf '%s' "$sum"
}

driver_running() {
  docker ps --filter "label=ncfd.environment=$ENVIRONMENT" --format '{{.Label "ncfd.version"}}' |
    sort -u
}

driver_stop() {
  write_worker_env
  compose "$1" down --timeout "$DEPLOY_STOP_SECONDS"
}
