import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { readConfiguration, WORKER_NEEDS } from './configuration';

const ROOT = path.resolve(__dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-shipped-'));
afterAll(() => rmSync(folder, { recursive: true }));

const textOf = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

test.each(['.env.example', 'env.prod.dev'])('%s starts a worker as it is', (name) => {
  const env = { NCFD_HOME: folder, ...parseEnv(textOf(name)) };
  const { problems, warnings } = readConfiguration({ env, cwd: ROOT }, WORKER_NEEDS);
  expect([problems, warnings]).toEqual([[], []]);
});

test('env.prod.dev tries the production profile', () => {
  expect(parseEnv(textOf('env.prod.dev'))).toMatchObject({ NCFD_PROFILE: 'production' });
});

test('the example file is valid and names settings of every area', () => {
  const sources = { env: { NCFD_HOME: folder }, cwd: ROOT };
  const flags = { config: 'config/ncfd.example.toml' };
  const { problems, settings } = readConfiguration({ ...sources, flags }, WORKER_NEEDS);
  expect(problems).toEqual([]);
  const areas = (all: typeof settings) => new Set(all.map(({ name }) => name.split('.')[0]));
  const inFile = areas(settings.filter(({ layer }) => layer === 'file'));
  expect([...areas(settings)].filter((area) => !inFile.has(area))).toEqual(['actor']);
});

test('the production file holds no secret, and is valid where its secrets are mounted', () => {
  const text = textOf('config/ncfd.production.toml');
  const mounted = text.replaceAll('/run/secrets', folder);
  for (const [, name = ''] of text.matchAll(/file:\/run\/secrets\/(\w+)/g)) {
    const value = name.endsWith('_url')
      ? 'postgres://app:a-long-password@db/ncfd' // not-a-secret, because it is made up
      : 'a-long-secret';
    writeFileSync(path.join(folder, name), `${value}\n`);
  }
  writeFileSync(path.join(folder, 'ncfd.toml'), mounted);
  const flags = { config: 'ncfd.toml' };
  const read = (env: Record<string, string> = {}) =>
    readConfiguration({ env, cwd: folder, flags }, WORKER_NEEDS);
  expect([read().profile, read().problems]).toEqual(['production', []]);
  const unmounted = readConfiguration(
    { env: {}, cwd: ROOT, flags: { config: 'config/ncfd.production.toml' } },
    WORKER_NEEDS,
  );
  expect(unmounted.problems.map(({ message }) => message.split(' ')[0])).toEqual([
    'database.url',
    's3.access_key_id',
    's3.secret_access_key',
  ]);
});
