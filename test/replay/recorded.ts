import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const HISTORIES = path.join(__dirname, 'histories');

/** A history as the server gave it, with the id that the workflow ran under. */
export interface RecordedHistory {
  readonly workflowId: string;
  /** As `historyToJSON` writes it; never made by hand, or replay checks too little. */
  readonly history: unknown;
}

/** Names of the recordings: `<path>.<workflow>.<nth history of it>.json`. */
export const recordings = (): readonly string[] =>
  readdirSync(HISTORIES)
    .filter((name) => name.endsWith('.json'))
    .sort();

export const readRecording = (name: string): RecordedHistory =>
  JSON.parse(readFileSync(path.join(HISTORIES, name), 'utf8')) as RecordedHistory;
