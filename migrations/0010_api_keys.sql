-- Up Migration

SET LOCAL lock_timeout = '5s';

-- Keys of the API. A key holds 256 bits of chance, so its plain digest gives nothing away: there is
-- nothing to guess, and a slow hash would only be a way to keep us busy.
CREATE TABLE api_keys (
  key_id varchar(12) PRIMARY KEY CHECK (key_id ~ '^[0-9a-f]{12}$'),
  key_sha256 char(64) NOT NULL CHECK (key_sha256 ~ '^[0-9a-f]{64}$'),
  name text NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9._-]{0,62}$'),
  role text NOT NULL CHECK (role IN ('reader', 'analyst', 'operator', 'admin')),
  -- Groups of routes that the key is good for.
  scopes text[] NOT NULL CHECK (cardinality(scopes) > 0 AND
    scopes <@ ARRAY['published', 'runs', 'control', 'administration']),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text NOT NULL CHECK (created_by <> ''),
  expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
  revoked_at timestamptz,
  revoked_by text,
  CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);

-- A key is revoked once, and otherwise stays as it was made.
CREATE FUNCTION ncfd_refuse_other_key() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF OLD.revoked_at IS NOT NULL
    OR (NEW.key_id, NEW.key_sha256, NEW.name, NEW.role, NEW.scopes, NEW.created_at, NEW.created_by,
      NEW.expires_at)
    IS DISTINCT FROM (OLD.key_id, OLD.key_sha256, OLD.name, OLD.role, OLD.scopes, OLD.created_at,
      OLD.created_by, OLD.expires_at) THEN
    RAISE EXCEPTION 'the key % may be revoked once and not changed: UPDATE refused', OLD.name
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
$body$;
CREATE TRIGGER revoked_once BEFORE UPDATE ON api_keys
  FOR EACH ROW EXECUTE FUNCTION ncfd_refuse_other_key();
CREATE TRIGGER append_only BEFORE DELETE ON api_keys
  FOR EACH ROW EXECUTE FUNCTION ncfd_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON api_keys
  FOR EACH STATEMENT EXECUTE FUNCTION ncfd_refuse_change();

GRANT SELECT, INSERT ON api_keys TO ncfd_worker;
GRANT UPDATE (revoked_at, revoked_by) ON api_keys TO ncfd_worker;

-- Down Migration

DROP TABLE api_keys;
DROP FUNCTION ncfd_refuse_other_key();
