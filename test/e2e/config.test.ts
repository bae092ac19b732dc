import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ncfd } from './command-line';

const SECRET = 'planted-Secret-77'; // not-a-secret, because it is made up
const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = path.join(folder, 'ncfd.toml');
beforeAll(() => writeFileSync(file, '[log]\nlevel = "loud"\n[temporal]\ntask_queue = "mine"\n'));

interface Shown {
  readonly settings: readonly { setting: string; value: string; layer?: string; where?: string }[];
}

test('a worker does not start with wrong settings, and tells all of them at once', async () => {
  const env = { NCFD_DATABASE_URL: `mysql://app:${SECRET}@db/x`, NCFD_HELTH_PORT: '1' };
  const args = ['worker', '--profile', 'production', '--config', file];
  const words = await ncfd(args, { env });
  expect([words.code, words.stdout]).toEqual([2, '']);
  expect(words.stderr).toMatch(/^NCFD1002 the settings have 6 problems \(profile production\):\n/);
  for (const line of [
    'NCFD_HELTH_PORT: there is no variable of this name; did you mean NCFD_HEALTH_PORT?',
    'NCFD_DATABASE_URL: database.url may not be its value; allowed: an address like postgres://',
    `${file}:2: log.level may not be "loud"; allowed: one of trace, debug`,
    'TEMPORAL_ADDRESS: temporal.address is not set; allowed: HOST:PORT',
    'NCFD_ARTIFACTS: artifacts.location is not set; allowed: ',
    'NCFD_SIGNING_KEY_FILE: publication.signing_key_file is not set; allowed: ',
  ]) {
    expect(words.stderr).toContain(`\n  ${line}`);
  }
  expect(words.stderr).not.toContain(SECRET);
});

test('config show tells the layer and place of each value, and no secret', async () => {
  const env = { NCFD_S3_ACCESS_KEY_ID: SECRET, NCFD_S3_SECRET_ACCESS_KEY: `env:ELSEWHERE` };
  const args = ['config', 'show', '--origin', '--config', file, '--set', 'log.level=warn'];
  const json = await ncfd([...args, '-o', 'json'], { env: { ...env, ELSEWHERE: SECRET } });
  expect([json.code, json.stderr]).toEqual([0, '']);
  const { settings } = JSON.parse(json.stdout) as Shown;
  const found = (name: string) => settings.find(({ setting }) => setting === name);
  expect([
    found('log.level'),
    found('temporal.task_queue'),
    found('s3.secret_access_key'),
  ]).toMatchObject([
    { value: 'warn', layer: 'flag', where: '--set log.level' },
    { value: 'mine', layer: 'file', where: `${file}:4` },
    { value: '***', layer: 'environment', where: 'NCFD_S3_SECRET_ACCESS_KEY (env:ELSEWHERE)' },
  ]);
  const text = await ncfd(args, { env: { ...env, ELSEWHERE: SECRET } });
  expect(text.stdout).toContain('--set log.level');
  expect(json.stdout + text.stdout).not.toContain(SECRET);
});

test('config validate ends alike in text and JSON, well or not', async () => {
  const well = ['config', 'validate', '--config', file, '--set', 'log.level=info'];
  const ill = ['config', 'validate', '--config', file, '--for', 'worker'];
  for (const [args, code] of [[well, 0] as const, [ill, 2] as const]) {
    const json = await ncfd([...args, '--output', 'json']);
    const { problems } = JSON.parse(json.stdout) as { problems: unknown[] };
    expect([json.code, (await ncfd(args)).code]).toEqual([code, code]);
    expect(problems).toHaveLength(code === 0 ? 0 : 4);
  }
});

test('config schema prints the JSON Schema of the file', async () => {
  const { stdout } = await ncfd(['config', 'schema']);
  expect(JSON.parse(stdout)).toMatchObject({
    additionalProperties: false,
    properties: {
      log: { properties: { level: { enum: expect.arrayContaining(['warn']) as string[] } } },
      database: { properties: { connections: { type: 'integer', minimum: 8, default: 20 } } },
    },
  });
});

test('a flag about settings counts after the command too, and reaches it', async () => {
  const { code, stderr } = await ncfd(['run', 'list', '--set', 'database.url=mysql://x']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('--set database.url: database.url')]);
});

test('a variable that nobody reads is warned of in words, and disturbs no JSON', async () => {
  const env = { NCFD_LOG_LEVLE: 'debug' };
  const words = await ncfd(['run', 'list'], { env });
  expect(words.stderr).toMatch(/^warning: NCFD_LOG_LEVLE: there is no variable of this name/);
  const json = await ncfd(['run', 'list', '--output', 'json'], { env });
  expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'NCFD1002' } });
});
