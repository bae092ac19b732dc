import { NcfdError } from '../contracts/errors';
import type { RunRow, RunStore } from '../ports/run-store';

/** The run of an id or a key. */
export async function findRun(store: RunStore, name: string): Promise<RunRow> {
  const run = await store.run(name);
  if (run !== null) return run;
  throw new NcfdError('RunNotFound', `there is no run ${name}`, {
    hint: '`ncfd run list` shows what there is.',
  });
}
