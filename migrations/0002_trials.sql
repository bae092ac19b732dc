-- Up Migration

CREATE TABLE trials (
  trial_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  nct_id varchar(11) NOT NULL UNIQUE CHECK (nct_id ~ '^NCT[0-9]{8}$'),
  brief_title text,
  phase text CHECK (phase IN ('1', '1/2', '2', '2/3', '3', '4')),
  area text,
  sponsor_class text CHECK (sponsor_class IN ('industry', 'non-industry')),
  is_pivotal boolean,
  overall_status text,
  start_date date,
  start_date_precision text CHECK (start_date_precision IN ('day', 'month', 'year')),
  epcd date,
  epcd_precision text CHECK (epcd_precision IN ('day', 'month', 'year')),
  current_version_id bigint,
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- The unique index also serves look-ups by (trial_id, captured_at).
CREATE TABLE trial_versions (
  version_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trial_id bigint NOT NULL REFERENCES trials,
  published_at timestamptz,
  captured_at timestamptz NOT NULL,
  content_sha256 char(64) NOT NULL CHECK (content_sha256 ~ '^[0-9a-f]{64}$'),
  raw jsonb,
  object_key text,
  normal_form jsonb NOT NULL,
  changed_fields jsonb NOT NULL,
  UNIQUE (trial_id, captured_at, content_sha256)
);
ALTER TABLE trials ADD FOREIGN KEY (current_version_id) REFERENCES trial_versions;

CREATE TABLE studies (
  study_pk bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  study_id varchar(100) NOT NULL,
  card_sha256 char(64) NOT NULL CHECK (card_sha256 ~ '^[0-9a-f]{64}$'),
  trial_id bigint NOT NULL REFERENCES trials,
  program_id varchar(100),
  doc_type text NOT NULL,
  published_at timestamptz,
  captured_at timestamptz NOT NULL,
  archival boolean NOT NULL DEFAULT false,
  card jsonb NOT NULL,
  program_pvals jsonb NOT NULL DEFAULT '[]',
  coverage_level text CHECK (coverage_level IN ('high', 'med', 'low')),
  source_url text,
  UNIQUE (study_id, card_sha256)
);
CREATE INDEX studies_by_trial ON studies (trial_id, published_at);
CREATE INDEX studies_by_program ON studies (program_id) WHERE program_id IS NOT NULL;

-- lz4 packs registry records several times faster than the default; some builds come without it.
DO $compression$
BEGIN
  ALTER TABLE trial_versions ALTER COLUMN raw SET COMPRESSION lz4;
  ALTER TABLE trial_versions ALTER COLUMN normal_form SET COMPRESSION lz4;
  ALTER TABLE studies ALTER COLUMN card SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  NULL;
END
$compression$;

-- Sponsor and intervention names that make programs (domain specification 3.1.5). A further row
-- of a pair is stored only when it was known earlier, so that the minimum of known_at below a
-- watermark of version_id never changes.
CREATE TABLE program_keys (
  trial_id bigint NOT NULL REFERENCES trials,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 600),
  version_id bigint NOT NULL REFERENCES trial_versions,
  known_at timestamptz NOT NULL,
  PRIMARY KEY (trial_id, key, version_id)
);
CREATE INDEX program_keys_by_key ON program_keys (key, trial_id);

CREATE TABLE catalysts (
  catalyst_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trial_id bigint NOT NULL REFERENCES trials,
  window_start text NOT NULL,
  window_end text,
  certainty text NOT NULL,
  source text NOT NULL,
  published_at timestamptz,
  captured_at timestamptz NOT NULL,
  content_sha256 char(64) NOT NULL,
  UNIQUE (trial_id, captured_at, content_sha256)
);

CREATE TABLE labels (
  label_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trial_id bigint NOT NULL REFERENCES trials,
  event text NOT NULL CHECK (event IN
    ('primary_endpoint_missed', 'never_approved', 'stopped_for_efficacy_failure', 'stopped_other')),
  value boolean NOT NULL,
  basis text,
  readout_date text,
  source text NOT NULL,
  source_url text,
  published_at timestamptz,
  captured_at timestamptz NOT NULL,
  detail jsonb,
  UNIQUE (trial_id, event, source, captured_at)
);

CREATE TABLE import_reports (
  import_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  source text NOT NULL,
  source_sha256 char(64) NOT NULL,
  read integer NOT NULL CHECK (read >= 0),
  rejected integer NOT NULL CHECK (rejected >= 0),
  counts jsonb NOT NULL,
  unknown_enums jsonb NOT NULL
);

CREATE TABLE rejected_items (
  import_id bigint NOT NULL REFERENCES import_reports,
  seq integer NOT NULL,
  source text NOT NULL,
  line bigint,
  nct_id text,
  study_id text,
  pointer text NOT NULL,
  code text NOT NULL,
  message text NOT NULL,
  PRIMARY KEY (import_id, seq)
);

-- Down Migration

DROP TABLE rejected_items;
DROP TABLE import_reports;
DROP TABLE labels;
DROP TABLE catalysts;
DROP TABLE program_keys;
DROP TABLE studies;
ALTER TABLE trials DROP CONSTRAINT trials_current_version_id_fkey;
DROP TABLE trial_versions;
DROP TABLE trials;
