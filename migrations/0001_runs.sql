-- Up Migration

-- Sets are append-only: a run names the hash of the set that it used.
CREATE TABLE parameter_sets (
  parameter_set_sha256 char(64) PRIMARY KEY CHECK (parameter_set_sha256 ~ '^[0-9a-f]{64}$'),
  id text NOT NULL,
  semver text NOT NULL,
  body jsonb NOT NULL,
  trained_until timestamptz,
  is_default boolean NOT NULL DEFAULT false,
  registered_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (id, semver)
);
CREATE UNIQUE INDEX parameter_sets_one_default ON parameter_sets (is_default) WHERE is_default;

CREATE TABLE snapshots (
  snapshot_sha256 char(64) PRIMARY KEY CHECK (snapshot_sha256 ~ '^[0-9a-f]{64}$'),
  mode text NOT NULL CHECK (mode IN ('pre_readout', 'post_readout')),
  as_of timestamptz NOT NULL,
  trials integer NOT NULL CHECK (trials >= 0),
  manifest jsonb NOT NULL,
  object_key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE runs (
  run_id varchar(50) PRIMARY KEY,
  idempotency_key char(64) NOT NULL UNIQUE CHECK (idempotency_key ~ '^[0-9a-f]{64}$'),
  kind text NOT NULL CHECK (kind IN ('score', 'backtest', 'replay', 'calibrate')),
  mode text NOT NULL CHECK (mode IN ('pre_readout', 'post_readout')),
  as_of timestamptz NOT NULL,
  -- The members whose canonical JSON the key is the digest of, exactly as given.
  identity jsonb NOT NULL,
  snapshot_sha256 char(64) REFERENCES snapshots,
  parameter_set_sha256 char(64) NOT NULL REFERENCES parameter_sets,
  code_version varchar(64) NOT NULL,
  status text NOT NULL DEFAULT 'pending'
    CHECK (status IN ('pending', 'running', 'succeeded', 'failed', 'cancelled', 'published')),
  run_started_at timestamptz NOT NULL,
  finished_at timestamptz,
  plan jsonb,
  counts jsonb,
  error jsonb,
  publication_sha256 char(64),
  CHECK ((status = 'published') = (publication_sha256 IS NOT NULL))
);
CREATE INDEX runs_by_start ON runs (run_started_at DESC, run_id DESC);

-- Checkpoints. `attempt` is the fencing number: it grows with every claim.
CREATE TABLE run_shards (
  run_id varchar(50) NOT NULL REFERENCES runs,
  stage text NOT NULL CHECK (stage IN ('freeze', 'signals', 'gates', 'score', 'publish')),
  shard_index integer NOT NULL CHECK (shard_index >= 0),
  status text NOT NULL CHECK (status IN ('running', 'succeeded', 'failed')),
  attempt integer NOT NULL CHECK (attempt >= 0),
  rows integer CHECK (rows >= 0),
  input_sha256 char(64) NOT NULL CHECK (input_sha256 ~ '^[0-9a-f]{64}$'),
  output_sha256 char(64) CHECK (output_sha256 ~ '^[0-9a-f]{64}$'),
  artifacts jsonb,
  counters jsonb,
  started_at timestamptz,
  finished_at timestamptz,
  error jsonb,
  PRIMARY KEY (run_id, stage, shard_index),
  CHECK ((status = 'succeeded') = (output_sha256 IS NOT NULL))
);

CREATE TABLE publications (
  publication_sha256 char(64) PRIMARY KEY CHECK (publication_sha256 ~ '^[0-9a-f]{64}$'),
  run_id varchar(50) NOT NULL UNIQUE REFERENCES runs,
  mode text NOT NULL CHECK (mode IN ('pre_readout', 'post_readout')),
  published_at timestamptz NOT NULL DEFAULT now(),
  manifest jsonb NOT NULL,
  object_prefix text NOT NULL,
  supersedes char(64) REFERENCES publications
);
CREATE INDEX publications_by_time ON publications (published_at DESC);
ALTER TABLE runs ADD FOREIGN KEY (publication_sha256) REFERENCES publications;

-- What readers see as current. A row for each mode exists from the start, so that publishing is
-- always a compare-and-set of `revision` under the lock of one row.
CREATE TABLE publication_pointer (
  mode text PRIMARY KEY CHECK (mode IN ('pre_readout', 'post_readout')),
  publication_sha256 char(64) REFERENCES publications,
  revision integer NOT NULL DEFAULT 0 CHECK (revision >= 0),
  changed_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO publication_pointer (mode) VALUES ('pre_readout'), ('post_readout');

CREATE TABLE audit_log (
  audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text NOT NULL DEFAULT session_user,
  action text NOT NULL,
  subject text NOT NULL,
  before_sha256 char(64),
  after_sha256 char(64),
  detail jsonb
);

-- Down Migration

DROP TABLE audit_log;
DROP TABLE publication_pointer;
ALTER TABLE runs DROP CONSTRAINT runs_publication_sha256_fkey;
DROP TABLE publications;
DROP TABLE run_shards;
DROP TABLE runs;
DROP TABLE snapshots;
DROP TABLE parameter_sets;
