import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readParameterSet } from '../../config/parameters';
import { evaluateBundle } from '../../domain/evaluate/bundle';
import type { JsonObject } from '../../domain/json';
import { canonicalLine } from '../../domain/manifest/canonical-json';
import { sha256 } from '../../domain/manifest/digest';
import type { CheckOutcome } from '../check';
import { ok } from '../health/look';

/** Shipped with the code: a synthetic card, and every byte that it must be evaluated to. */
export const GOLDEN_FOLDER = path.resolve(__dirname, '../../../config/golden');
export const GOLDEN_CARD = 'card.jsonl';
export const GOLDEN_SCORE = 'card.score.jsonl';

/** Evaluates the golden card with the shipped parameters: signals, gates and score, to the byte. */
export function goldenOutcome(folder: string = GOLDEN_FOLDER): CheckOutcome {
  const bundle = JSON.parse(readFileSync(path.join(folder, GOLDEN_CARD), 'utf8')) as JsonObject;
  const expected = readFileSync(path.join(folder, GOLDEN_SCORE), 'utf8');
  const result = evaluateBundle(bundle, readParameterSet('seed'));
  const scored = canonicalLine(result);
  const detail = {
    pFail: result.score.p_fail,
    sha256: sha256(scored),
    expectedSha256: sha256(expected),
  };
  if (scored === expected) {
    return ok(`the golden card is scored to the byte: p_fail ${result.score.p_fail}`, detail);
  }
  return {
    status: 'failed',
    reason: `the golden card has other bytes than it should from position ${firstDifference(scored, expected)} on: p_fail ${result.score.p_fail}`,
    hint: 'Code, parameters or config/golden are not those of one release: deploy a whole one.',
    detail,
  };
}

function firstDifference(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) if (a[i] !== b[i]) return i;
  return length;
}
