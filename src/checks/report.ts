import type { JsonObject } from '../domain/json';
import type { CheckReport } from './check';

/** A report as plain JSON: what `--output json` and `/health` give. */
export function reportObject({ verdict, at, checks }: CheckReport): JsonObject {
  return { verdict, at, checks: checks.map((row) => ({ ...row })) };
}
