import type { Query } from './invariants';

/** What an attempt may end in that another one overtook. */
export const OVERTAKEN = new Set(['FencingLost']);

/** Resolves when the work is done, or when a statement of anybody waits for a lock. */
export async function doneOrBlocked(query: Query, work: Promise<unknown>): Promise<void> {
  let done = false;
  void work.finally(() => (done = true)).catch(() => undefined);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (done) return;
    const [row] = await query<{ n: string }>(
      `SELECT count(*) AS n FROM pg_locks JOIN pg_database d ON d.oid = database
        WHERE NOT granted AND datname = current_database()
       HAVING count(*) > 0 UNION ALL SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (Number(row?.n ?? 0) > 0) return;
  }
}
