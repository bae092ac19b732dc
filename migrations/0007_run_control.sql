-- Up Migration

-- What the worker's configuration asks for before this run may publish, and where a fork comes from:
-- `{parent, from, parameter_override}`.
ALTER TABLE runs
  ADD COLUMN approval text NOT NULL DEFAULT 'none'
    CHECK (approval IN ('none', 'required', 'four-eyes')),
  ADD COLUMN fork jsonb;

-- Everybody who started a run; under four-eyes none of them may approve it.
CREATE TABLE run_starts (
  run_id varchar(50) NOT NULL REFERENCES runs,
  actor text NOT NULL CHECK (actor <> ''),
  first_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, actor)
);

-- Who approved what was published; written by the transaction that publishes.
CREATE TABLE run_approvals (
  run_id varchar(50) PRIMARY KEY REFERENCES runs,
  actor text NOT NULL CHECK (actor <> ''),
  reason text NOT NULL,
  approved_at timestamptz NOT NULL
);

-- Every move of a pointer, whoever made it: publications and rollbacks.
CREATE TABLE publication_moves (
  mode text NOT NULL REFERENCES publication_pointer,
  revision integer NOT NULL,
  from_sha256 char(64) REFERENCES publications,
  to_sha256 char(64) REFERENCES publications,
  moved_at timestamptz NOT NULL,
  PRIMARY KEY (mode, revision)
);

CREATE FUNCTION ncfd_remember_move() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO public.publication_moves (mode, revision, from_sha256, to_sha256, moved_at)
  VALUES (NEW.mode, NEW.revision, OLD.publication_sha256, NEW.publication_sha256, NEW.changed_at);
  RETURN NEW;
END
$body$;
CREATE TRIGGER remember_move AFTER UPDATE ON publication_pointer
  FOR EACH ROW EXECUTE FUNCTION ncfd_remember_move();

DO $guards$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['run_starts', 'run_approvals', 'publication_moves'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I
      FOR EACH ROW EXECUTE FUNCTION ncfd_refuse_change()', name);
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION ncfd_refuse_change()', name);
  END LOOP;
END
$guards$;

GRANT SELECT, INSERT ON run_starts, run_approvals, publication_moves TO ncfd_worker;
GRANT SELECT ON publication_moves TO ncfd_reader;

-- Down Migration

DROP TRIGGER remember_move ON publication_pointer;
DROP FUNCTION ncfd_remember_move();
DROP TABLE publication_moves;
DROP TABLE run_approvals;
DROP TABLE run_starts;
ALTER TABLE runs DROP COLUMN fork, DROP COLUMN approval;
