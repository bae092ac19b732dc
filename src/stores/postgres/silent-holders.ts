import { z } from 'zod/v4';
import type { Statements } from './plain';
import { type Database, SILENT_MS } from './pool';
import { rowsOf } from './sql';

const Session = z.object({ pid: z.int() });

/**
 * A transaction that is not kept waiting by a process that stopped in the middle of a COPY. The
 * server ends a session that is silent between two statements, but one that waits for the data of a
 * COPY it neither ends nor cancels, whatever its timeouts: its locks would last until the process
 * goes on. What others hold while the server waits for them is ended here, after as long.
 *
 * @param work must be one that its holder has lost the right to finish
 */
export function pastSilentHolders<T>(
  database: Database,
  work: (transaction: Statements) => Promise<T>,
): Promise<T> {
  return database.plain((plain) =>
    plain.transaction(async (transaction) => {
      const { pid } = await transaction.one(rowsOf(Session)`SELECT pg_backend_pid() AS pid`);
      const watch = setInterval(() => void endSilentHolders(database, pid), SILENT_MS);
      try {
        return await work(transaction);
      } finally {
        clearInterval(watch);
      }
    }),
  );
}

/** On a bulk connection: those for plain statements may all wait for the same holder. */
async function endSilentHolders(database: Database, waiting: number): Promise<void> {
  const ended = database.bulk((client) =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE pid = ANY (pg_blocking_pids($1)) AND state = 'active' AND wait_event = 'ClientRead'`,
      [waiting],
    ),
  );
  // The next look tries again; whoever waits is told by its own timeout.
  await ended.catch(() => undefined);
}
