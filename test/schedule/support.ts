import { setTimeout as sleep } from 'node:timers/promises';
import type { ScheduleDefinition } from '../../src/contracts/schedule';
import type { ScheduleServer } from '../../src/ports/schedule-server';
import type { ScheduleStore } from '../../src/ports/schedule-store';

/** A schedule of tiny runs, every two seconds, each a run of its own. */
export const everyTwoSeconds = (
  id: string,
  changes: Partial<ScheduleDefinition> = {},
): ScheduleDefinition => ({
  id,
  summary: 'a schedule of a test',
  when: {
    timeZone: 'UTC',
    calendar: null,
    interval: { everySeconds: 2, offsetSeconds: 0 },
  },
  jitterSeconds: 0,
  overlap: 'skip',
  catchUpSeconds: 10,
  pauseOnFailure: false,
  lateAfterSeconds: 3,
  initially: 'running',
  publishBy: null,
  run: {
    mode: 'post_readout',
    universe: 'all',
    params: 'seed',
    asOf: { rule: 'planned-instant', lagDays: 0 },
  },
  ...changes,
});

/** Applies a definition as `ncfd schedule apply` does. */
export const applied = (
  store: ScheduleStore,
  server: ScheduleServer,
  definition: ScheduleDefinition,
): Promise<void> =>
  store.change(
    {
      scheduleId: definition.id,
      action: 'apply',
      definition,
      startsPaused: definition.initially === 'paused',
      actor: 'test',
      reason: 'a test begins',
    },
    () => server.create(definition, 'test'),
  );

/** Waits until something is so; a server that is away meanwhile is asked again. */
export async function until(
  what: string,
  holds: () => Promise<boolean>,
  limitMs = 60_000,
): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await sleep(100);
  }
}
