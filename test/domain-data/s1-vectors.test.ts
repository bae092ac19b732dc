import { readFileSync } from 'node:fs';
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json';
import { s1 } from '../../src/domain/signals/s1';
import { s1Parameters } from '../support/s1-parameters';
import { sharedVectors } from '../support/shared-data';

interface Vector {
  readonly id: string;
  readonly input: JsonObject;
  readonly expected: JsonObject;
}

function vectors(file: string): readonly Vector[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { id: string; input: JsonObject; expect: Json })
    .flatMap(({ id, input, expect: wanted }) => {
      const signals = isJsonObject(wanted) ? wanted['signals'] : undefined;
      const expected = isJsonObject(signals) ? signals['S1'] : undefined;
      return isJsonObject(expected) ? [{ id, input, expected }] : [];
    });
}

describe('S1 on the shared vectors', () => {
  const file = sharedVectors('cards.jsonl');
  const promise = file === null ? it.skip : it;

  promise('gives the state and severity of every vector that names S1', () => {
    const all = vectors(file ?? '');
    expect(all.length).toBeGreaterThan(200);
    const wrong = all.filter(({ input, expected }) => {
      const trial = isJsonObject(input['trial']) ? input['trial'] : {};
      const result = s1(input['trial_versions'], trial, s1Parameters());
      const severity = result.state === 'fired' ? result.severity : undefined;
      return result.state !== expected['state'] || severity !== expected['severity'];
    });
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });
});
