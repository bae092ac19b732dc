import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { Replayer, type Replayed } from '../../src/worker';
import { BAD_EDITS, HARMLESS_EDITS, PATCHED, type Edit } from './edits';
import { HISTORIES, recordings } from './recorded';

const ROOT = path.resolve(__dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'ncfd-edits-'));
beforeAll(() => {
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The workflow code with one edit, in a folder of its own. */
function edited({ file, find, replace }: Edit, src: string): void {
  for (const part of ['workflows', 'contracts', 'domain']) {
    cpSync(path.join(ROOT, 'src', part), path.join(src, part), { recursive: true });
  }
  const name = path.join(src, 'workflows', file);
  const text = readFileSync(name, 'utf8');
  const parts = text.split(find);
  // A refactoring that moves the place must move the edit too.
  expect([file, find, parts.length - 1]).toEqual([file, find, 1]);
  const code = parts.join(replace);
  writeFileSync(name, code.includes('patched(') ? `${PATCHED}${code}` : code);
}

async function bundleOf(edit: Edit, nth: string): Promise<string> {
  const src = path.join(folder, nth);
  edited(edit, src);
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(src, 'workflows', 'index.ts'),
    workflowInterceptorModules: [path.join(src, 'workflows', 'interceptors.ts')],
    logger: new DefaultLogger('ERROR'),
  });
  const bundle = path.join(folder, `${nth}.js`);
  writeFileSync(bundle, code);
  return bundle;
}

/** What becomes of every recording with the edit, or of those up to the first that diverges. */
async function replayed(bundle: string, until: (one: Replayed) => boolean): Promise<Replayed[]> {
  const replayer = new Replayer(bundle);
  const results: Replayed[] = [];
  for (const name of recordings()) {
    const one = await replayer.file(path.join(HISTORIES, name));
    results.push(one);
    if (until(one)) break;
  }
  return results;
}

test('the table has twenty edits of each kind', () => {
  expect([BAD_EDITS.length, HARMLESS_EDITS.length]).toEqual([20, 20]);
  const names = [...BAD_EDITS, ...HARMLESS_EDITS].map(({ name }) => name);
  expect(new Set(names).size).toBe(40);
});

test.each(BAD_EDITS.map((edit, i) => [edit.name, edit, i] as const))(
  'replay refuses: %s',
  async (_, edit, i) => {
    const results = await replayed(
      await bundleOf(edit, `bad-${i}`),
      ({ result }) => result !== 'replays',
    );
    expect(results.at(-1)).toMatchObject({
      result: 'diverges',
      workflowType: edit.workflow,
      divergence: { eventId: expect.any(Number) as number },
    });
  },
);

test.each(HARMLESS_EDITS.map((edit, i) => [edit.name, edit, i] as const))(
  'replay accepts: %s',
  async (_, edit, i) => {
    const results = await replayed(await bundleOf(edit, `harmless-${i}`), () => false);
    expect(results.filter(({ result }) => result !== 'replays')).toEqual([]);
    expect(results).toHaveLength(recordings().length);
  },
);
