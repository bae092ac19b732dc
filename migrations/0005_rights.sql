-- Up Migration

-- Readers see what was published and what it rests on; a run that did not publish is invisible.
CREATE VIEW published_runs AS SELECT * FROM runs WHERE status = 'published';
CREATE VIEW published_signals AS
  SELECT s.* FROM signals s JOIN published_runs r USING (run_id, run_started_at);
CREATE VIEW published_signal_evidence AS
  SELECT e.* FROM signal_evidence e JOIN published_runs r USING (run_id, run_started_at);
CREATE VIEW published_gates AS
  SELECT g.* FROM gates g JOIN published_runs r USING (run_id, run_started_at);
CREATE VIEW published_scores AS
  SELECT s.* FROM scores s JOIN published_runs r USING (run_id, run_started_at);

GRANT USAGE ON SCHEMA public TO ncfd_worker, ncfd_reader;

GRANT SELECT ON publications, publication_pointer, parameter_sets, snapshots, trials,
  trial_versions, studies, catalysts, labels, published_runs, published_signals,
  published_signal_evidence, published_gates, published_scores TO ncfd_reader;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO ncfd_worker;
GRANT INSERT ON parameter_sets, snapshots, runs, run_shards, publications, audit_log, trials,
  trial_versions, studies, program_keys, catalysts, labels, import_reports, rejected_items,
  signals, signal_evidence, gates, scores TO ncfd_worker;
GRANT UPDATE ON runs, run_shards, publication_pointer, trials TO ncfd_worker;
GRANT USAGE ON SEQUENCE signal_ids, gate_ids, score_ids TO ncfd_worker;
GRANT EXECUTE ON FUNCTION ncfd_ensure_month(timestamptz) TO ncfd_worker;

-- Down Migration

REVOKE ALL ON FUNCTION ncfd_ensure_month(timestamptz) FROM ncfd_worker;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM ncfd_worker;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ncfd_worker, ncfd_reader;
DROP VIEW published_scores;
DROP VIEW published_gates;
DROP VIEW published_signal_evidence;
DROP VIEW published_signals;
DROP VIEW published_runs;
