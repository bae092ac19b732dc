import { z } from 'zod/v4';
import { RUN_STATUSES, type RunCounts } from '../../contracts/run';
import { MODES, STAGES } from '../../domain/vocabulary';
import type { FigureStore, OperatingFigures } from '../../ports/operating-figures';
import type { Database } from './pool';
import { rowsOf } from './sql';

const count = z.coerce.number();
const Runs = z.object({ status: z.enum(RUN_STATUSES), count });
const Waiting = z.object({ seconds: z.number() });
const Shards = z.object({ stage: z.enum(STAGES), status: z.string(), count });
const Publications = z.object({
  mode: z.enum(MODES),
  newestAt: z.number(),
  counts: z.custom<RunCounts>().nullable(),
});
const Server = z.object({
  connections: count,
  connectionsLimit: count,
  bytes: count,
  waitingLocks: count,
});

/** Figures for metrics, over a database that others use too. */
export const figureStoreOn = (database: Database): FigureStore => ({
  figures: () =>
    database.plain((plain) =>
      plain.transaction(async (transaction): Promise<OperatingFigures> => ({
        runs: await transaction.any(rowsOf(Runs)`
            SELECT status, count(*) AS count FROM runs GROUP BY status`),
        waitingSeconds: (
          await transaction.one(rowsOf(Waiting)`
              SELECT coalesce(extract(epoch FROM now() - min(run_started_at)), 0)::float8 AS seconds
              FROM runs WHERE status = 'pending'`)
        ).seconds,
        shards: await transaction.any(rowsOf(Shards)`
            SELECT s.stage, s.status, count(*) AS count
            FROM run_shards s JOIN runs r USING (run_id)
            WHERE r.status = 'running' GROUP BY s.stage, s.status`),
        publications: await transaction.any(rowsOf(Publications)`
            SELECT newest.mode, newest."newestAt", r.counts
            FROM (SELECT mode, extract(epoch FROM max(published_at))::float8 AS "newestAt"
                  FROM publications GROUP BY mode) newest
              JOIN publication_pointer USING (mode)
              LEFT JOIN publications p USING (publication_sha256)
              LEFT JOIN runs r ON r.run_id = p.run_id`),
        server: await transaction.one(rowsOf(Server)`
            SELECT (SELECT count(*) FROM pg_stat_activity
                    WHERE backend_type = 'client backend') AS connections,
              current_setting('max_connections')::int AS "connectionsLimit",
              pg_database_size(current_database()) AS bytes,
              (SELECT count(*) FROM pg_locks WHERE NOT granted) AS "waitingLocks"`),
      })),
    ),
});
