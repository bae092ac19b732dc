-- Up Migration

-- What was applied to the server, and when: planned times of the past are those of the definition
-- that was valid then. No definition: the schedule was deleted.
CREATE TABLE schedule_versions (
  schedule_id varchar(41) NOT NULL CHECK (schedule_id ~ '^[a-z][a-z0-9-]*$'),
  valid_from timestamptz NOT NULL DEFAULT clock_timestamp(),
  definition jsonb,
  actor text NOT NULL,
  reason text NOT NULL CHECK (reason <> ''),
  PRIMARY KEY (schedule_id, valid_from)
);

CREATE TABLE schedule_pauses (
  schedule_id varchar(41) NOT NULL,
  paused_at timestamptz NOT NULL,
  paused_by text NOT NULL,
  reason text NOT NULL CHECK (reason <> ''),
  -- True for a person's, false for the server's own after a failure.
  by_person boolean NOT NULL,
  resumed_at timestamptz CHECK (resumed_at >= paused_at),
  resumed_by text,
  resume_reason text,
  PRIMARY KEY (schedule_id, paused_at),
  CHECK ((resumed_at IS NULL) = (resumed_by IS NULL))
);
CREATE UNIQUE INDEX schedule_pauses_one_open ON schedule_pauses (schedule_id)
  WHERE resumed_at IS NULL;

-- How far each schedule is explained, and what of the server's counters is accounted for.
CREATE TABLE schedule_watch (
  schedule_id varchar(41) PRIMARY KEY,
  explained_to timestamptz NOT NULL,
  -- The server's schedule that the counters belong to; a new one counts from 0.
  server_created_at timestamptz,
  missed integer NOT NULL DEFAULT 0 CHECK (missed >= 0),
  skipped integer NOT NULL DEFAULT 0 CHECK (skipped >= 0)
);

-- One row for each planned time of the past, and for each run that a person triggered.
CREATE TABLE schedule_ticks (
  schedule_id varchar(41) NOT NULL,
  planned_at timestamptz NOT NULL,
  origin text NOT NULL CHECK (origin IN ('planned', 'triggered')),
  outcome text NOT NULL CHECK (outcome IN (
    'waiting', 'started', 'unexplained',
    'ran', 'same_run', 'caught_up_late', 'failed', 'skipped_overlap', 'missed_no_worker',
    'missed_outage', 'missed_absent', 'paused')),
  late_ms bigint CHECK (late_ms >= 0),
  run_id varchar(50) REFERENCES runs,
  workflow_id text,
  because text,
  -- Run or workflow that was in the way.
  because_run text,
  -- When a worker took up the run.
  begun_at timestamptz,
  noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (schedule_id, planned_at)
);
CREATE INDEX schedule_ticks_open ON schedule_ticks (schedule_id, planned_at)
  WHERE outcome IN ('waiting', 'started', 'unexplained');

-- A final row stays as it is.
CREATE FUNCTION ncfd_refuse_other_tick() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF OLD.outcome NOT IN ('waiting', 'started', 'unexplained') AND NEW IS DISTINCT FROM OLD THEN
    RAISE EXCEPTION 'the row of % at % is final: UPDATE refused', OLD.schedule_id, OLD.planned_at
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
$body$;
CREATE TRIGGER final_once BEFORE UPDATE ON schedule_ticks
  FOR EACH ROW EXECUTE FUNCTION ncfd_refuse_other_tick();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON schedule_versions
  FOR EACH ROW EXECUTE FUNCTION ncfd_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON schedule_versions
  FOR EACH STATEMENT EXECUTE FUNCTION ncfd_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON schedule_ticks
  FOR EACH STATEMENT EXECUTE FUNCTION ncfd_refuse_change();

GRANT SELECT ON schedule_versions, schedule_pauses, schedule_watch, schedule_ticks TO ncfd_worker;
GRANT INSERT ON schedule_versions, schedule_pauses, schedule_watch, schedule_ticks TO ncfd_worker;
GRANT UPDATE ON schedule_pauses, schedule_watch, schedule_ticks TO ncfd_worker;

-- Down Migration

DROP TABLE schedule_ticks;
DROP TABLE schedule_watch;
DROP TABLE schedule_pauses;
DROP TABLE schedule_versions;
DROP FUNCTION ncfd_refuse_other_tick();
