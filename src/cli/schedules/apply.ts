import type { ScheduleDifference } from '../../client/schedule-diff';
import type { ScheduleDefinition } from '../../contracts/schedule';
import type { JsonObject } from '../../domain/json';
import { canonicalJson } from '../../domain/manifest/canonical-json';
import type { ScheduleServer } from '../../ports/schedule-server';
import type { Cause, ScheduleStore } from '../../ports/schedule-store';

/** A difference, or a definition that the server has and our history does not. */
export type Step =
  | ScheduleDifference
  | { readonly kind: 'record'; readonly id: string; readonly definition: ScheduleDefinition };

/** What applying the file means: differences, and definitions that are not recorded as valid. */
export async function stepsOf(
  definitions: readonly ScheduleDefinition[],
  differences: readonly ScheduleDifference[],
  store: ScheduleStore,
): Promise<Step[]> {
  const steps: Step[] = [...differences];
  const differing = new Set(differences.map(({ id }) => id));
  for (const definition of definitions) {
    if (differing.has(definition.id)) continue;
    const recorded = (await store.versions(definition.id)).at(-1)?.definition ?? null;
    if (recorded !== null && same(recorded, definition)) continue;
    steps.push({ kind: 'record', id: definition.id, definition });
  }
  return steps;
}

/** Whether two definitions mean the same once they are applied. */
function same(a: ScheduleDefinition, b: ScheduleDefinition): boolean {
  const text = (one: ScheduleDefinition) => canonicalJson({ ...one, initially: null });
  return text(a) === text(b);
}

/** Makes one step, on the server and in our history together. */
export async function takeStep(
  step: Step,
  store: ScheduleStore,
  server: ScheduleServer,
  cause: Cause,
): Promise<void> {
  const { id: scheduleId } = step;
  if (step.kind === 'not-in-file') {
    await store.change({ ...cause, scheduleId, action: 'delete' }, () => server.delete(scheduleId));
    return;
  }
  const { definition, kind } = step;
  const startsPaused = kind === 'add' && definition.initially === 'paused';
  await store.change(
    { ...cause, scheduleId, action: 'apply', definition, startsPaused },
    async () => {
      if (kind === 'add') await server.create(definition, `${cause.actor}: ${cause.reason}`);
      if (kind === 'change') await server.update(definition);
    },
  );
}

/** Lines of a listing: one for each field, or one for the schedule. */
export function stepRows(steps: readonly Step[]): JsonObject[] {
  return steps.flatMap((step): JsonObject[] => {
    const line = { schedule: step.id, change: step.kind };
    if (step.kind !== 'change') return [{ ...line, field: '', server: '', file: '' }];
    return step.fields.map(({ field, server, file }) => ({ ...line, field, server, file }));
  });
}
