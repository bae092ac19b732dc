import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { definitionOf, PROCESS_VARIABLES, SETTING_KEYS } from './definitions';
import { settingsReference } from './reference';

const ROOT = path.resolve(__dirname, '../..');

const sources = readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => ({ name, text: readFileSync(path.join(ROOT, 'src', name), 'utf8') }));

test('the reference of settings is what the program has (npm run docs:configuration)', () => {
  const file = path.join(ROOT, 'docs', 'reference', 'configuration.md');
  expect(readFileSync(file, 'utf8')).toBe(settingsReference());
});

test('every variable of ours that the program names is known to the settings', () => {
  const known = new Set([
    ...SETTING_KEYS.map((key) => definitionOf(key).variable),
    ...Object.keys(PROCESS_VARIABLES),
  ]);
  const named = sources.flatMap(({ text }) => text.match(/\bNCFD_[A-Z0-9_]+\b/g) ?? []);
  expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
});

test('every setting has a reader', () => {
  const readers = sources.filter(({ name }) => !name.startsWith('config/definitions'));
  const unread = SETTING_KEYS.filter(
    (key) => !readers.some(({ text }) => new RegExp(`\\b${key}\\b`).test(text)),
  );
  expect(unread).toEqual([]);
});
