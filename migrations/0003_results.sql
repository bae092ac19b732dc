-- Up Migration

-- Result tables are cut by month of run_started_at, so that retention drops whole partitions.
-- trial_id and run_id carry no foreign key here: the writer resolves them in the transaction that
-- writes, neither is ever deleted, and a check per row would cost a tenth of the write.
CREATE SEQUENCE signal_ids CACHE 100;
CREATE SEQUENCE gate_ids CACHE 100;
CREATE SEQUENCE score_ids CACHE 100;

CREATE TABLE signals (
  signal_id bigint NOT NULL DEFAULT nextval('signal_ids'),
  run_id varchar(50) NOT NULL,
  run_started_at timestamptz NOT NULL,
  trial_id bigint NOT NULL,
  s_id varchar(10) NOT NULL CHECK (s_id ~ '^S[1-9]$'),
  state text NOT NULL CHECK (state IN ('fired', 'clear', 'unknown')),
  value numeric(10, 6),
  severity varchar(1) NOT NULL CHECK (severity IN ('H', 'M', 'L')),
  evidence_span text,
  source_study_id bigint REFERENCES studies (study_pk),
  low_certainty boolean NOT NULL,
  fired_at timestamptz NOT NULL DEFAULT now(),
  metadata jsonb NOT NULL,
  PRIMARY KEY (run_started_at, run_id, trial_id, s_id),
  CHECK (state = 'fired' OR severity = 'L')
) PARTITION BY RANGE (run_started_at);

CREATE TABLE signal_evidence (
  run_id varchar(50) NOT NULL,
  run_started_at timestamptz NOT NULL,
  trial_id bigint NOT NULL,
  s_id varchar(10) NOT NULL CHECK (s_id ~ '^S[1-9]$'),
  seq integer NOT NULL CHECK (seq >= 0),
  kind text NOT NULL,
  ref_id text NOT NULL,
  ref_sha256 char(64),
  pointer text NOT NULL,
  quote varchar(300),
  published_at timestamptz,
  source_url text,
  PRIMARY KEY (run_started_at, run_id, trial_id, s_id, seq)
) PARTITION BY RANGE (run_started_at);

CREATE TABLE gates (
  gate_id bigint NOT NULL DEFAULT nextval('gate_ids'),
  run_id varchar(50) NOT NULL,
  run_started_at timestamptz NOT NULL,
  trial_id bigint NOT NULL,
  g_id varchar(10) NOT NULL CHECK (g_id ~ '^G[1-4]$'),
  state text NOT NULL CHECK (state IN ('fired', 'clear', 'unknown')),
  fired_bool boolean NOT NULL DEFAULT false,
  supporting_s_ids varchar(10)[] NOT NULL DEFAULT '{}' CHECK (supporting_s_ids <@
    ARRAY['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9']::varchar(10)[]),
  lr_used numeric(10, 6) NOT NULL,
  lr_rule text NOT NULL,
  rationale_text text,
  evaluated_at timestamptz NOT NULL DEFAULT now(),
  metadata jsonb NOT NULL,
  PRIMARY KEY (run_started_at, run_id, trial_id, g_id),
  CHECK (fired_bool = (state = 'fired')),
  CHECK (state = 'fired' OR lr_used = 1)
) PARTITION BY RANGE (run_started_at);

CREATE TABLE scores (
  score_id bigint NOT NULL DEFAULT nextval('score_ids'),
  trial_id bigint NOT NULL,
  run_id varchar(50) NOT NULL,
  run_started_at timestamptz NOT NULL,
  mode text NOT NULL CHECK (mode IN ('pre_readout', 'post_readout')),
  prior_pi numeric(6, 5) CHECK (prior_pi BETWEEN 0 AND 1),
  logit_prior numeric(10, 6),
  sum_log_lr numeric(10, 6),
  logit_post numeric(10, 6),
  p_model numeric(6, 5) CHECK (p_model BETWEEN 0 AND 1),
  p_fail numeric(6, 5) CHECK (p_fail BETWEEN 0 AND 1),
  risk_class text CHECK (risk_class IN ('H', 'M', 'L')),
  decision text NOT NULL CHECK (decision IN ('call', 'no_call', 'abstain')),
  decision_basis text,
  exact jsonb NOT NULL,
  features_frozen_at timestamptz NOT NULL,
  scored_at timestamptz NOT NULL DEFAULT now(),
  metadata jsonb NOT NULL,
  PRIMARY KEY (run_started_at, run_id, trial_id),
  CHECK (p_fail >= p_model)
) PARTITION BY RANGE (run_started_at);

-- A row that lands here has no month of its own, which is an error: months are made before a run
-- starts. The constraint keeps the default partitions empty.
CREATE TABLE signals_default PARTITION OF signals DEFAULT;
CREATE TABLE signal_evidence_default PARTITION OF signal_evidence DEFAULT;
CREATE TABLE gates_default PARTITION OF gates DEFAULT;
CREATE TABLE scores_default PARTITION OF scores DEFAULT;
ALTER TABLE signals_default ADD CONSTRAINT month_was_not_made CHECK (false);
ALTER TABLE signal_evidence_default ADD CONSTRAINT month_was_not_made CHECK (false);
ALTER TABLE gates_default ADD CONSTRAINT month_was_not_made CHECK (false);
ALTER TABLE scores_default ADD CONSTRAINT month_was_not_made CHECK (false);

-- Makes the partitions of the month of an instant; nothing when they are there. Runs with its
-- owner's rights, because a worker may not change the schema. The lock lets one caller make them.
CREATE FUNCTION ncfd_ensure_month(instant timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  first timestamp := date_trunc('month', instant AT TIME ZONE 'UTC');
  suffix text := to_char(first, '"_y"YYYY"m"MM');
  parent text;
BEGIN
  IF to_regclass('public.scores' || suffix) IS NOT NULL THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('ncfd_ensure_month'));
  FOREACH parent IN ARRAY ARRAY['signals', 'signal_evidence', 'gates', 'scores'] LOOP
    IF to_regclass('public.' || parent || suffix) IS NULL THEN
      EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
        parent || suffix, parent,
        first AT TIME ZONE 'UTC', (first + interval '1 month') AT TIME ZONE 'UTC');
    END IF;
  END LOOP;
END
$body$;
REVOKE ALL ON FUNCTION ncfd_ensure_month(timestamptz) FROM PUBLIC;

-- Down Migration

DROP FUNCTION ncfd_ensure_month(timestamptz);
DROP TABLE scores;
DROP TABLE gates;
DROP TABLE signal_evidence;
DROP TABLE signals;
DROP SEQUENCE score_ids;
DROP SEQUENCE gate_ids;
DROP SEQUENCE signal_ids;
