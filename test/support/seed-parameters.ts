import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { JsonObject } from '../../src/domain/json';
import { compileParameters } from '../../src/domain/parameters/compile';
import type { Parameters } from '../../src/domain/parameters/types';

const file = path.resolve(__dirname, '../../config/rules/seed.json');
let compiled: Parameters | null = null;

/** The shipped seed set, compiled once per test file. */
export function seedParameters(): Parameters {
  compiled ??= compile();
  return compiled;
}

function compile(): Parameters {
  const result = compileParameters(JSON.parse(readFileSync(file, 'utf8')) as JsonObject);
  if (!result.ok) throw new Error(`seed.json does not compile: ${JSON.stringify(result.error)}`);
  return result.value;
}
