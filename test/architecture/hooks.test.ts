import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');
const CLEAN = 'Say in one sentence what this commit changes and why';

/** A repository with our hooks and nothing else in it. */
const clone = mkdtempSync(path.join(tmpdir(), 'ncfd-hooks-'));
afterAll(() => rmSync(clone, { recursive: true, force: true }));

function run(command: string, ...args: readonly string[]) {
  const { CI: _ci, LEFTHOOK: _off, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: clone,
    encoding: 'utf8',
    env: { ...env, NO_COLOR: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
  });
  return { status, said: `${stdout}${stderr}` };
}

/** Writes a file and tries to commit it. */
function commit(file: string, content: string, message = CLEAN) {
  writeFileSync(path.join(clone, file), content);
  run('git', 'add', '--force', file);
  const result = run('git', 'commit', '--message', message);
  run('git', 'reset', '--quiet', '--hard', 'HEAD');
  run('git', 'clean', '--quiet', '--force');
  return result;
}

beforeAll(() => {
  for (const file of ['package.json', 'lefthook.yml', 'tools', '.prettierrc.json']) {
    cpSync(path.join(ROOT, file), path.join(clone, file), { recursive: true });
  }
  for (const file of ['node_modules', 'dist']) {
    symlinkSync(path.join(ROOT, file), path.join(clone, file));
  }
  writeFileSync(path.join(clone, '.gitignore'), 'node_modules\ndist\n');
  run('git', 'init', '--quiet');
  run('git', 'config', 'user.name', 'Ada');
  run('git', 'config', 'user.email', 'ada@example.org');
  run('git', 'add', '.');
  run('git', 'commit', '--quiet', '--message', 'Begin');
  expect(run('npx', 'lefthook', 'install')).toMatchObject({ status: 0 });
});

describe('the hooks', () => {
  it('let a clean commit pass', () => {
    expect(commit('note.md', 'A note.\n')).toMatchObject({ status: 0 });
  });

  it('refuse a secret, without repeating it', () => {
    const secret = ['q8Zt', '4Lw0', 'Xc7V', 'b2Nm', '9Kd5'].join('');
    const { status, said } = commit('note.md', `password = "${secret}"\n`);
    expect(status).not.toBe(0);
    expect(said).toMatch(/note\.md:1: value in quotes/);
    expect(said).not.toContain(secret);
  });

  it('refuse a large file', () => {
    const { status, said } = commit('data.bin', 'x'.repeat(1024 * 1024 + 1));
    expect(status).not.toBe(0);
    expect(said).toMatch(/data\.bin has 1048577 bytes/);
  });

  it('refuse a file whose form is not that of the formatter', () => {
    const { status, said } = commit('note.json', '{"a":1,\n\n\n"b":2}\n');
    expect(status).not.toBe(0);
    expect(said).toMatch(/note\.json/);
  });

  it('refuse a message that is no sentence of what the commit does', () => {
    const { status, said } = commit('note.md', 'Another note.\n', 'fix: mend the note');
    expect(status).not.toBe(0);
    expect(said).toContain('"fix: mend the note" begins with a label');
  });
});

describe('the checks that the hooks run', () => {
  /** Runs a check as the hook does, without the commit around it. */
  function check(tool: string, file: string, content: string) {
    writeFileSync(path.join(clone, file), content);
    const result = run(process.execPath, `tools/${tool}.cjs`, file);
    rmSync(path.join(clone, file));
    return result;
  }

  it.each([
    ['say what this commit changes and why', 'does not begin with a capital letter'],
    ['Added a sentence about what changes', 'is no command'],
    ['Say what this commit changes and why.', 'ends with a mark'],
    ['Mend', 'says too little'],
    ['WIP on the note of today', 'says that it is not finished'],
    [`Say ${'very '.repeat(30)}much`, 'is longer than 120 characters'],
    ['Say what this commit changes\nand more', 'is not followed by an empty line'],
  ])('refuse the message %j', (message, problem) => {
    const { status, said } = check('check-message', 'message.txt', message);
    expect([status, said]).toEqual([1, expect.stringContaining(problem)]);
  });

  it.each([
    `${CLEAN}\n\nMore words.\n`,
    `fixup! ${CLEAN}`,
    'Merge branch main',
    `${CLEAN}\n# a comment of git`,
  ])('take the message %j', (message) =>
    expect(check('check-message', 'message.txt', message)).toEqual({ status: 0, said: '' }),
  );

  it.each([
    ['note.yml', 'a: 1\na: 2\n', 'is no YAML'],
    ['note.yaml', 'a: [1\n', 'is no YAML'],
    ['note.json', '{"a": 1,}\n', 'is no JSON'],
  ])('refuse a %s that no program can read', (file, content, problem) => {
    const { status, said } = check('check-files', file, content);
    expect([status, said]).toEqual([1, expect.stringContaining(`${file} ${problem}`)]);
  });

  it('find a secret that a later commit took away', () => {
    const secret = ['q8Zt', '4Lw0', 'Xc7V', 'b2Nm', '9Kd5'].join('');
    for (const content of [`password = "${secret}"\n`, 'password = read()\n']) {
      writeFileSync(path.join(clone, 'note.md'), content);
      run('git', 'add', 'note.md');
      run('git', 'commit', '--no-verify', '--message', CLEAN);
    }
    expect(run(process.execPath, 'tools/check-secrets.cjs')).toEqual({ status: 0, said: '' });
    const { status, said } = run(process.execPath, 'tools/check-secrets.cjs', '--range', 'HEAD');
    expect([status, said]).toEqual([1, expect.stringMatching(/note\.md in commit \w+: value/)]);
  });
});
