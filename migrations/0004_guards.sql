-- Up Migration

CREATE FUNCTION ncfd_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'table % is append-only: % refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'integrity_constraint_violation';
END
$body$;

-- Of a parameter set only the mark of the default may change.
CREATE FUNCTION ncfd_refuse_set_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF (to_jsonb(NEW) - 'is_default') IS DISTINCT FROM (to_jsonb(OLD) - 'is_default') THEN
    RAISE EXCEPTION 'parameter set % is append-only: UPDATE refused', OLD.id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  INSERT INTO public.audit_log (action, subject, after_sha256, detail)
  VALUES ('default-parameter-set', NEW.id, NEW.parameter_set_sha256,
    jsonb_build_object('is_default', NEW.is_default));
  RETURN NEW;
END
$body$;

-- The output of a shard is written once; a whole shard stays as it is.
CREATE FUNCTION ncfd_refuse_other_output() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF OLD.output_sha256 IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
    RAISE EXCEPTION 'shard % of stage % of run % is whole: UPDATE refused',
      OLD.shard_index, OLD.stage, OLD.run_id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
$body$;

DO $guards$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['trial_versions', 'studies', 'snapshots', 'publications', 'labels',
                              'audit_log', 'catalysts', 'program_keys'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I
      FOR EACH ROW EXECUTE FUNCTION ncfd_refuse_change()', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['trial_versions', 'studies', 'snapshots', 'publications', 'labels',
                              'audit_log', 'catalysts', 'program_keys', 'parameter_sets'] LOOP
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION ncfd_refuse_change()', name);
  END LOOP;
END
$guards$;

CREATE TRIGGER append_only BEFORE DELETE ON parameter_sets
  FOR EACH ROW EXECUTE FUNCTION ncfd_refuse_change();
CREATE TRIGGER only_default BEFORE UPDATE ON parameter_sets
  FOR EACH ROW EXECUTE FUNCTION ncfd_refuse_set_change();
CREATE TRIGGER output_once BEFORE UPDATE ON run_shards
  FOR EACH ROW EXECUTE FUNCTION ncfd_refuse_other_output();

-- Result rows are never overwritten; they leave only with their partition.
CREATE TRIGGER insert_only BEFORE UPDATE ON signals
  FOR EACH ROW EXECUTE FUNCTION ncfd_refuse_change();
CREATE TRIGGER insert_only BEFORE UPDATE ON signal_evidence
  FOR EACH ROW EXECUTE FUNCTION ncfd_refuse_change();
CREATE TRIGGER insert_only BEFORE UPDATE ON gates
  FOR EACH ROW EXECUTE FUNCTION ncfd_refuse_change();
CREATE TRIGGER insert_only BEFORE UPDATE ON scores
  FOR EACH ROW EXECUTE FUNCTION ncfd_refuse_change();

-- Down Migration

DROP TRIGGER insert_only ON scores;
DROP TRIGGER insert_only ON gates;
DROP TRIGGER insert_only ON signal_evidence;
DROP TRIGGER insert_only ON signals;
DROP TRIGGER output_once ON run_shards;
DROP TRIGGER only_default ON parameter_sets;
DROP TRIGGER append_only ON parameter_sets;
DO $guards$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['trial_versions', 'studies', 'snapshots', 'publications', 'labels',
                              'audit_log', 'catalysts', 'program_keys'] LOOP
    EXECUTE format('DROP TRIGGER append_only ON %I', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['trial_versions', 'studies', 'snapshots', 'publications', 'labels',
                              'audit_log', 'catalysts', 'program_keys', 'parameter_sets'] LOOP
    EXECUTE format('DROP TRIGGER no_truncate ON %I', name);
  END LOOP;
END
$guards$;
DROP FUNCTION ncfd_refuse_other_output();
DROP FUNCTION ncfd_refuse_set_change();
DROP FUNCTION ncfd_refuse_change();
