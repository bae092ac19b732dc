import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ncfd } from './command-line';

const ROOT = path.resolve(__dirname, '../..');
const KINDS = ['.github', '.ci', 'deploy', 'lefthook.yml', 'package.json', 'docker-compose.yml'];

/** A copy of what the command looks at. */
const copy = mkdtempSync(path.join(tmpdir(), 'ncfd-smoke-'));
beforeAll(() => {
  for (const name of KINDS) {
    cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true });
  }
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('ncfd smoke cicd', () => {
  it('finds this checkout whole, as a table and as JSON', async () => {
    const text = await ncfd(['smoke', 'cicd', '--folder', ROOT]);
    expect(text).toMatchObject({ code: 0, stderr: expect.stringMatching(/^\d+ ok, 0 failed\n/) });
    expect(text.stdout).toMatch(/^ check +status +reason\n/);
    const json = await ncfd(['smoke', 'cicd', '--output', 'json'], { cwd: ROOT });
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schemaVersion: 1,
      checks: expect.arrayContaining([expect.objectContaining({ check: 'pins', status: 'ok' })]),
    });
  });

  it('ends with 1 and names what is broken, in both forms', async () => {
    const file = path.join(copy, '.github/workflows/ci.yml');
    const text = readFileSync(file, 'utf8').replaceAll(
      /actions\/checkout@[0-9a-f]{40}/g,
      'actions/checkout@v7',
    );
    writeFileSync(file, text);
    const table = await ncfd(['smoke', 'cicd'], { cwd: copy });
    expect(table.code).toBe(1);
    expect(table.stdout).toMatch(/pins +failed +\S+ci\.yml: actions\/checkout@v7 is not pinned/);
    expect(table.stderr).toMatch(/, 1 failed\n/);
    const json = await ncfd(['smoke', 'cicd', '--output', 'json'], { cwd: copy });
    expect(json.code).toBe(1);
    const { checks } = JSON.parse(json.stdout) as { checks: { status: string; check: string }[] };
    expect(checks.filter(({ status }) => status === 'failed').map(({ check }) => check)).toEqual([
      'pins',
    ]);
  });

  it('refuses a folder that is no checkout with 2', async () => {
    const { code, stderr } = await ncfd(['smoke', 'cicd', '--folder', tmpdir()]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/has no \.github\/workflows\n.*--folder PATH/);
  });
});
