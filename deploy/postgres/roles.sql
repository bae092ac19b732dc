-- Group roles of NCFD: what a login may do is decided by the group it is granted.
--
-- Run once per cluster by a role that may create roles, then make logins members, e.g.
--   CREATE ROLE ncfd_migrate LOGIN PASSWORD '…' IN ROLE ncfd_migrator;
--   CREATE ROLE ncfd_app     LOGIN PASSWORD '…' IN ROLE ncfd_worker;
--   CREATE ROLE ncfd_read    LOGIN PASSWORD '…' IN ROLE ncfd_reader;
-- and once per database, connected to it, as its owner:
--   GRANT USAGE, CREATE ON SCHEMA public TO ncfd_migrator;
--   GRANT USAGE ON SCHEMA public TO ncfd_worker, ncfd_reader;
-- `ncfd migrate up` does all but the logins by itself when its role is allowed to.
DO $roles$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['ncfd_migrator', 'ncfd_worker', 'ncfd_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- made meanwhile by a migration of another database of this cluster
      END;
    END IF;
  END LOOP;
END
$roles$;
