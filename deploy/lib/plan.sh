# shellcheck shell=bash
# --dry-run: the checks of a deployment, and what each step would do.

plan_deployment() {
  say "dry run: $VERSION to $ENVIRONMENT; nothing is changed"
  plan_of prerequisites step_prerequisites
  plan_of backup plan_backup
  plan_of migrate ncfd_step "$VERSION" migrate up --phase expand --dry-run
  plan_of start note "would start $DEPLOY_WORKERS worker(s) of $VERSION (driver $DEPLOY_DRIVER) beside ${PREVIOUS:-none}"
  plan_of probe note "would wait up to $DEPLOY_PROBE_SECONDS s until each is ready"
  plan_of register note "would wait until the server knows $VERSION of $TEMPORAL_DEPLOYMENT_NAME"
  plan_of gate note 'would replay histories and score the golden set on it'
  plan_of ramp note "would give it $DEPLOY_RAMP % of the new runs, $DEPLOY_RAMP_SECONDS s each"
  plan_of switch note "would give it all new runs"
  plan_of smoke note "would run: ncfd $(smoke_words "$VERSION")"
  plan_of drain plan_drain
  say 'dry run: every check holds'
}

# shellcheck disable=SC2034 # STEP is read by the log
plan_of() {
  STEP=$1
  say "$1"
  shift
  "$@"
  STEP=''
}

plan_backup() {
  if schema_is_there; then
    ncfd_step "$VERSION" backup create "$DEPLOY_BACKUPS/$VERSION" --dry-run
  else
    note 'the database has no schema yet: there is nothing to save'
  fi
}

plan_drain() {
  note "${PREVIOUS:-no version} would keep running; running now: $(driver_running | tr '\n' ' ')"
  [[ -z $PREVIOUS ]] || ncfd_step "$VERSION" deploy prune --dry-run
}
