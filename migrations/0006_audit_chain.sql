-- Up Migration

-- The audit log as a chain: each row carries the digest of its content and of the row before it,
-- so that a row that was changed, removed or put in between shows (see docs/adr). `seq` has no
-- gaps, unlike the identity, which loses the numbers of transactions that were rolled back.
ALTER TABLE audit_log
  ADD COLUMN seq bigint,
  ADD COLUMN reason text,
  ADD COLUMN chain char(64);

-- A connection that works for a person says so in ncfd.actor; a transaction may give its reason in
-- ncfd.reason.
ALTER TABLE audit_log
  ALTER COLUMN actor SET DEFAULT coalesce(nullif(current_setting('ncfd.actor', true), ''), session_user),
  ALTER COLUMN reason SET DEFAULT nullif(current_setting('ncfd.reason', true), '');

-- One field of the content: its length in bytes, and its text; `-` for NULL. No two contents are
-- written alike. src/domain/manifest/audit-chain.ts computes the same without this database.
CREATE FUNCTION ncfd_chain_field(field text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT coalesce(octet_length(convert_to(field, 'UTF8'))::text || ':' || field, '-') || ','
$body$;

CREATE FUNCTION ncfd_chain_hash(previous text, r public.audit_log) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT encode(sha256(convert_to(
    public.ncfd_chain_field(previous) ||
    public.ncfd_chain_field(r.seq::text) ||
    public.ncfd_chain_field(r.audit_id::text) ||
    public.ncfd_chain_field(to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) ||
    public.ncfd_chain_field(r.actor) ||
    public.ncfd_chain_field(r.action) ||
    public.ncfd_chain_field(r.subject) ||
    public.ncfd_chain_field(r.before_sha256::text) ||
    public.ncfd_chain_field(r.after_sha256::text) ||
    public.ncfd_chain_field(r.reason) ||
    public.ncfd_chain_field(r.detail::text), 'UTF8')), 'hex')
$body$;

-- What stood there before is chained as it is.
ALTER TABLE audit_log DISABLE TRIGGER append_only;
DO $rows$
DECLARE
  r public.audit_log;
  previous text := repeat('0', 64);
  n bigint := 0;
BEGIN
  FOR r IN SELECT * FROM public.audit_log ORDER BY audit_id LOOP
    n := n + 1;
    r.seq := n;
    previous := public.ncfd_chain_hash(previous, r);
    UPDATE public.audit_log SET seq = n, chain = previous WHERE audit_id = r.audit_id;
  END LOOP;
END
$rows$;
ALTER TABLE audit_log ENABLE TRIGGER append_only;

ALTER TABLE audit_log
  ALTER COLUMN seq SET NOT NULL,
  ALTER COLUMN chain SET NOT NULL,
  ADD CONSTRAINT audit_log_seq UNIQUE (seq);
CREATE INDEX audit_log_by_subject ON audit_log (subject, seq);

-- Chains a new row to the last one. The lock keeps the chain one line: it is taken when the row is
-- written and held to the end of the transaction, so the audit record is the last thing that a
-- transaction writes. The time is the server's, read under the lock, so that it follows the order.
-- Runs with its owner's rights, for the row before must be seen whoever writes.
CREATE FUNCTION ncfd_chain_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  last_seq bigint;
  previous text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ncfd_chain_audit'));
  SELECT seq, chain INTO last_seq, previous FROM public.audit_log ORDER BY seq DESC LIMIT 1;
  NEW.seq := coalesce(last_seq, 0) + 1;
  NEW.at := clock_timestamp();
  NEW.chain := public.ncfd_chain_hash(coalesce(previous, repeat('0', 64)), NEW);
  RETURN NEW;
END
$body$;
CREATE TRIGGER chain BEFORE INSERT ON audit_log
  FOR EACH ROW EXECUTE FUNCTION ncfd_chain_audit();

-- Every change of a run's status, and the sealing of its snapshot, leaves one record in the
-- transaction of the change, whoever makes it. Publishing is recorded where the pointer moves.
CREATE FUNCTION ncfd_audit_run() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO public.audit_log (action, subject, after_sha256, detail)
    VALUES ('run-created', NEW.run_id, NEW.idempotency_key,
      jsonb_build_object('after', NEW.status, 'mode', NEW.mode, 'kind', NEW.kind));
    RETURN NULL;
  END IF;
  IF NEW.snapshot_sha256 IS DISTINCT FROM OLD.snapshot_sha256 THEN
    INSERT INTO public.audit_log (action, subject, before_sha256, after_sha256)
    VALUES ('snapshot-sealed', NEW.run_id, OLD.snapshot_sha256, NEW.snapshot_sha256);
  END IF;
  IF NEW.status IS DISTINCT FROM OLD.status AND NEW.status <> 'published' THEN
    INSERT INTO public.audit_log (action, subject, reason, detail)
    VALUES ('run-' || NEW.status, NEW.run_id,
      coalesce(nullif(current_setting('ncfd.reason', true), ''), NEW.error ->> 'message'),
      jsonb_build_object('before', OLD.status, 'after', NEW.status));
  END IF;
  RETURN NULL;
END
$body$;
CREATE TRIGGER audited AFTER INSERT OR UPDATE OF status, snapshot_sha256 ON runs
  FOR EACH ROW EXECUTE FUNCTION ncfd_audit_run();

-- Down Migration

DROP TRIGGER audited ON runs;
DROP FUNCTION ncfd_audit_run();
DROP TRIGGER chain ON audit_log;
DROP FUNCTION ncfd_chain_audit();
DROP FUNCTION ncfd_chain_hash(text, audit_log);
DROP FUNCTION ncfd_chain_field(text);
DROP INDEX audit_log_by_subject;
ALTER TABLE audit_log
  ALTER COLUMN actor SET DEFAULT session_user,
  DROP COLUMN chain,
  DROP COLUMN reason,
  DROP COLUMN seq;
