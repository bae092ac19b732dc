import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { historyFromJSON, type History } from '@temporalio/common/lib/proto-utils';
import { messageOf, NcfdError } from '../../contracts/errors';
import { isJsonObject, type JsonObject } from '../../domain/json';
import { isChecked } from './events';

/** A history that can be replayed, and where it is from. */
export interface ReplayItem {
  /** File, or workflow and execution on the server. */
  readonly source: string;
  readonly workflowId: string;
  readonly history: History;
}

/** The server refuses histories above 50 MB; as JSON they are larger. */
const MAX_BYTES = 128 * 1024 * 1024;

/** JSON files named by paths; folders are searched to any depth, in code-point order. */
export function findHistoryFiles(paths: readonly string[]): readonly string[] {
  return paths.flatMap((name) => {
    const stats = statSync(name, { throwIfNoEntry: false });
    if (stats === undefined) throw bad(name, 'no such file or folder', 'Check the path.');
    if (!stats.isDirectory()) return [name];
    const below = readdirSync(name, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.json'))
      .sort();
    if (below.length === 0) throw bad(name, 'no .json file is below it', RECORD);
    return below.map((file) => path.join(name, file));
  });
}

/**
 * Reads a recorded history: `{workflowId, history}`, or `{events}` as the Temporal CLI prints it.
 *
 * @throws NcfdError `BadInputFile` for anything else, and for a history whose replay would check
 *   nothing
 */
export function readHistoryFile(file: string): ReplayItem {
  const found = parsed(file);
  const history = isJsonObject(found.history) ? found.history : found;
  const first = checkedEvents(file, history)[0];
  const decoded = decode(file, history);
  if (!isChecked(decoded)) throw unchecked(file);
  return { source: file, workflowId: workflowIdOf(file, found, first), history: decoded };
}

/** Why a history is refused whose tasks carry no flags. */
export const unchecked = (source: string): NcfdError =>
  bad(
    source,
    'no workflow task of it carries sdkMetadata.coreUsedFlags, so replay would not compare activities and pass whatever the code does',
    `Only recorded histories count. ${RECORD}`,
  );

const RECORD =
  'Record one with `temporal workflow show --workflow-id ID --output json > history.json`.';

function parsed(file: string): JsonObject {
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES) throw new Error(`${size} bytes are more than any history has`);
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isJsonObject(value)) return value;
    throw new Error('this is JSON, but no history');
  } catch (error) {
    throw bad(file, messageOf(error), RECORD);
  }
}

/** Events in a shape that the decoder and the replayer can bear. */
function checkedEvents(file: string, history: JsonObject): readonly JsonObject[] {
  const events: unknown = history.events;
  if (!Array.isArray(events) || events.length === 0) throw bad(file, 'it has no events', RECORD);
  return events.map((event: unknown, i) => {
    if (isJsonObject(event) && Number(event.eventId) === i + 1) return event;
    throw bad(file, `event ${i + 1} is missing or out of order`, RECORD);
  });
}

function decode(file: string, history: JsonObject): History {
  try {
    return historyFromJSON(history);
  } catch (error) {
    throw bad(file, `it cannot be decoded: ${messageOf(error).slice(0, 200)}`, RECORD);
  }
}

/** Ids of children follow from the workflow's own, so it must be the true one. */
function workflowIdOf(file: string, found: JsonObject, first: JsonObject | undefined): string {
  const started = first?.workflowExecutionStartedEventAttributes;
  if (!isJsonObject(started)) throw bad(file, 'it does not begin with the start', RECORD);
  for (const id of [found.workflowId, started.workflowId]) {
    if (typeof id === 'string' && id !== '') return id;
  }
  throw bad(file, 'it does not say its workflow id', 'Wrap it as {"workflowId": …, "history": …}.');
}

const bad = (file: string, what: string, hint: string): NcfdError =>
  new NcfdError('BadInputFile', `${file}: ${what}`, { hint });
