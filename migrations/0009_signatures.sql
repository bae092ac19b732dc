-- Up Migration

-- The signed statement that names this publication and the one before it; NULL when nobody signed.
ALTER TABLE publications ADD COLUMN signature jsonb;

-- Down Migration

ALTER TABLE publications DROP COLUMN signature;
