import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf, NcfdError } from '../contracts/errors';
import { isJsonObject, type JsonObject } from '../domain/json';
import { compileParameters } from '../domain/parameters/compile';
import type { Parameters } from '../domain/parameters/types';
import { shippedPath } from './shipped';

/** How many problems of a set a message names; the rest is counted. */
const PROBLEMS_SHOWN = 20;

/**
 * Reads and checks a parameter set: a name of `config/rules/<name>.json`, or the path of a file.
 *
 * @throws NcfdError `UnknownParameterSet` with the known names, or `BadParameterSet` with every
 *   missing, unknown or invalid key
 */
export function readParameterSet(nameOrPath: string): Parameters {
  const file = fileOf(nameOrPath);
  const compiled = compileParameters(readObject(file));
  if (compiled.ok) return compiled.value;
  const lines = compiled.error
    .slice(0, PROBLEMS_SHOWN)
    .map(({ pointer, message }) => `  ${pointer}: ${message}`);
  const more = compiled.error.length - lines.length;
  if (more > 0) lines.push(`  and ${more} more`);
  throw new NcfdError('BadParameterSet', `parameter set ${file} is invalid:\n${lines.join('\n')}`, {
    hint: 'Compare the file with config/rules/seed.json.',
  });
}

/** Like `readParameterSet`, for callers that wait anyway. */
export async function loadParameterSet(nameOrPath: string): Promise<Parameters> {
  return readParameterSet(nameOrPath);
}

/** Names of the parameter sets that are shipped, sorted. */
export function knownParameterSets(): readonly string[] {
  return readdirSync(rulesFolder())
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

function fileOf(nameOrPath: string): string {
  const isPath = nameOrPath.endsWith('.json') || nameOrPath.includes('/');
  const file = isPath ? path.resolve(nameOrPath) : path.join(rulesFolder(), `${nameOrPath}.json`);
  if (existsSync(file)) return file;
  throw new NcfdError('UnknownParameterSet', `there is no parameter set ${nameOrPath}`, {
    hint: `Known sets: ${knownParameterSets().join(', ')}; or give the path of a .json file.`,
  });
}

function readObject(file: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const message = `parameter set ${file} cannot be read: ${messageOf(cause)}`;
    throw new NcfdError('BadParameterSet', message, { cause });
  }
  if (isJsonObject(parsed)) return parsed;
  throw new NcfdError('BadParameterSet', `parameter set ${file} is not a JSON object`);
}

/** `config/rules` of this package. */
function rulesFolder(): string {
  const seed = shippedPath('config', 'rules', 'seed.json');
  if (seed !== null) return path.dirname(seed);
  throw new NcfdError('Bug', 'config/rules/seed.json is not part of this installation');
}
