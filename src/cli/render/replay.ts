import type { JsonObject } from '../../domain/json';
import type { Replayed } from '../../worker';

/** One history as a row; members that do not apply are null. */
export function replayRow(replayed: Replayed): JsonObject {
  const { source, workflowType, workflowId, events, result, divergence, problem } = replayed;
  return {
    result,
    source,
    workflowType,
    workflowId,
    events,
    eventId: divergence?.eventId ?? null,
    eventType: divergence?.eventType ?? null,
    expected: divergence?.expected ?? null,
    actual: divergence?.actual ?? null,
    code: divergence?.code ?? [],
    problem: problem?.message ?? null,
    hint: divergence === null ? (problem?.hint ?? null) : REPAIR,
  };
}

/** What to do about code that does not continue a history. */
export const REPAIR =
  'Runs that are under way keep their code: put the change behind patched(), or release it as a new worker version; record new histories only after a deliberate change.';

const WORDS: Readonly<Record<Replayed['result'], string>> = {
  replays: 'replays',
  diverges: 'DIVERGES',
  refused: 'REFUSED',
  not_begun: 'not begun',
};

/** A line for a history that replays, some more for the first divergence of another. */
export function replayText(replayed: Replayed): string {
  const { source, workflowType, workflowId, events, result, divergence, problem } = replayed;
  const head = `${WORDS[result].padEnd(9)} ${source}`;
  if (problem !== null)
    return `${head}\n  why: ${problem.message}\n  hint: ${problem.hint ?? ''}\n`;
  if (divergence === null) return `${head} (${workflowType ?? ''}, ${events} events)\n`;
  const { eventId, eventType, expected, actual, code } = divergence;
  const at = eventId === null ? 'before any event' : `event ${eventId} ${eventType ?? ''}`;
  const lines = [
    head,
    `workflow: ${workflowType ?? ''} ${workflowId ?? ''}`,
    `first divergence: ${at}`,
    `history has: ${expected}`,
    `the code: ${actual}`,
    `look at: ${code.join('; ') || 'the function of the workflow'}`,
    `hint: ${REPAIR}`,
  ];
  return `${lines.join('\n  ')}\n`;
}
