import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isNcfdError } from '../contracts/errors';
import { knownParameterSets, loadParameterSet, readParameterSet } from './parameters';

const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-parameters-'));
afterAll(() => rmSync(folder, { recursive: true }));

function failure(nameOrPath: string) {
  try {
    readParameterSet(nameOrPath);
  } catch (error) {
    if (isNcfdError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

function fileWith(text: string): string {
  const file = path.join(folder, 'set.json');
  writeFileSync(file, text);
  return file;
}

test('the seed set is found by its name, the same read both ways', async () => {
  expect(knownParameterSets()).toContain('seed');
  expect(readParameterSet('seed').id).toBe('seed');
  expect((await loadParameterSet('seed')).sha256).toBe(readParameterSet('seed').sha256);
});

test('an unknown name is refused with the names that are known', () => {
  const error = failure('sead');
  expect(error.kind).toBe('UnknownParameterSet');
  expect(error.hint).toContain('seed');
});

test('a set may be given as the path of a file', () => {
  expect(failure(path.join(folder, 'absent.json')).kind).toBe('UnknownParameterSet');
  const copy = fileWith(JSON.stringify(readParameterSet('seed').set));
  expect(readParameterSet(copy).sha256).toBe(readParameterSet('seed').sha256);
});

test('a broken set is refused with all that is wrong with it', () => {
  expect(failure(fileWith('{')).kind).toBe('BadParameterSet');
  expect(failure(fileWith('[]')).kind).toBe('BadParameterSet');
  const error = failure(fileWith('{"id":"mine"}'));
  expect(error.kind).toBe('BadParameterSet');
  expect(error.message).toContain('/semver');
  expect(error.message).toContain('more');
});
