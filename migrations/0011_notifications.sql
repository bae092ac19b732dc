-- Up Migration

-- Triggers on tables that are in use wait for those who write to them, and others behind.
SET LOCAL lock_timeout = '10s';

-- The outbox: what people are to be told, written in the transaction that brings it about. A key
-- names an event, and an event is told once.
CREATE TABLE notifications (
  notification_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dedup_key text NOT NULL UNIQUE CHECK (length(dedup_key) BETWEEN 1 AND 200),
  severity text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
  title text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
  detail jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Where notifications go. Who comes later is told what happens from then on. The row is the turn
-- to send: nobody sends to a channel before `open_at`.
CREATE TABLE notification_channels (
  channel text PRIMARY KEY CHECK (channel ~ '^[a-z]{1,20}$'),
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  open_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- When it last took something.
  delivered_at timestamptz
);

-- `attempt` is counted before an attempt is made, so that one that never came back is known of.
CREATE TABLE notification_deliveries (
  notification_id bigint NOT NULL REFERENCES notifications,
  channel text NOT NULL REFERENCES notification_channels,
  attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  delivered_at timestamptz,
  last_error text,
  PRIMARY KEY (notification_id, channel)
);
CREATE INDEX notification_deliveries_due ON notification_deliveries (channel, due_at)
  WHERE delivered_at IS NULL;

CREATE FUNCTION ncfd_notify_run() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO notifications (dedup_key, severity, title, detail)
  VALUES (
    'run-' || NEW.status || '/' || NEW.run_id
      || coalesce('/' || to_char(NEW.finished_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSMS'), ''),
    CASE NEW.status WHEN 'failed' THEN 'warning' ELSE 'info' END,
    'run ' || NEW.run_id || ' (' || NEW.mode || ') ' || NEW.status,
    jsonb_strip_nulls(jsonb_build_object('run', NEW.run_id, 'mode', NEW.mode,
      'status', NEW.status, 'counts', NEW.counts, 'error', NEW.error,
      'publication', NEW.publication_sha256)))
  ON CONFLICT (dedup_key) DO NOTHING;
  RETURN NULL;
END
$body$;
CREATE TRIGGER notify_end AFTER UPDATE OF status ON runs FOR EACH ROW
  WHEN (NEW.status IN ('failed', 'published') AND OLD.status IS DISTINCT FROM NEW.status)
  EXECUTE FUNCTION ncfd_notify_run();

CREATE FUNCTION ncfd_notify_tick() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO notifications (dedup_key, severity, title, detail)
  VALUES (
    'schedule/' || NEW.schedule_id || '/'
      || to_char(NEW.planned_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSMS'),
    'warning',
    'schedule ' || NEW.schedule_id || ': ' || NEW.outcome,
    jsonb_strip_nulls(jsonb_build_object('schedule', NEW.schedule_id,
      'planned', NEW.planned_at, 'outcome', NEW.outcome, 'because', NEW.because)))
  ON CONFLICT (dedup_key) DO NOTHING;
  RETURN NULL;
END
$body$;
CREATE TRIGGER notify_missed AFTER INSERT OR UPDATE OF outcome ON schedule_ticks FOR EACH ROW
  WHEN (NEW.outcome IN ('missed_no_worker', 'missed_outage', 'missed_absent'))
  EXECUTE FUNCTION ncfd_notify_tick();

GRANT SELECT, INSERT ON notifications TO ncfd_worker;
GRANT SELECT, INSERT, UPDATE ON notification_channels, notification_deliveries TO ncfd_worker;

-- Down Migration

DROP TRIGGER notify_missed ON schedule_ticks;
DROP TRIGGER notify_end ON runs;
DROP FUNCTION ncfd_notify_tick();
DROP FUNCTION ncfd_notify_run();
DROP TABLE notification_deliveries;
DROP TABLE notification_channels;
DROP TABLE notifications;
