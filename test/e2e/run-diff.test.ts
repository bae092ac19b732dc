import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { readParameterSet } from '../../src/config/parameters';
import type { JsonObject } from '../../src/domain/json';
import { readLines } from '../../src/ingest/line-reader';
import type { RunsDiff } from '../../src/report/diff/model';
import { sharedData } from '../support/shared-data';
import { TestStack } from './command-line';
import { lines, nctIdOf, spoiled } from './documents';

const RECORDS = 60;
const HOSTILE = '<img src=x onerror=alert(1)>\u202e\u0007';
const source = sharedData('ctgov_v2_raw.jsonl.gz');

async function firstRecords(file: string, take: number): Promise<JsonObject[]> {
  const records: JsonObject[] = [];
  for await (const line of readLines(createReadStream(file).pipe(createGunzip()))) {
    if (line.kind === 'line') records.push(JSON.parse(line.bytes.toString('utf8')) as JsonObject);
    if (records.length === take) break;
  }
  return records;
}

/** The seed set with another threshold and another base rate. */
function changedSet(): JsonObject {
  const { set } = readParameterSet('seed');
  const values = set.values as JsonObject;
  const entry = (value: number) => ({ value, source: 'expert', n: null });
  const changed = { 'prior.base': entry(0.4), 's2.power_min': entry(0.75) };
  return { ...set, id: 'changed', values: { ...values, ...changed } };
}

(source === null ? describe.skip : describe)('the difference of two runs over real records', () => {
  let stack: TestStack;
  let before: string;
  let otherSet: string;
  let newRecords: string;
  let both: string;
  let ids: readonly string[];

  const start = async (list: string, ...more: readonly string[]): Promise<string> => {
    const args = ['run', 'start', '--wait', '--again', '--as-of', '2026-11-01', '--trials', list];
    return (await stack.json<{ runId: string }>([...args, ...more])).runId;
  };
  const difference = (a: string, b: string): Promise<RunsDiff> =>
    stack.json<RunsDiff>(['run', 'diff', a, b, '--limit', '1000']);

  beforeAll(async () => {
    stack = await TestStack.open();
    const records = await firstRecords(source ?? '', RECORDS);
    ids = records.map(nctIdOf);
    writeFileSync(stack.path('ids.txt'), ids.join('\n'));
    writeFileSync(stack.path('fewer.txt'), ids.slice(1).join('\n'));
    writeFileSync(stack.path('changed.json'), JSON.stringify(changedSet()));
    writeFileSync(stack.path('first.jsonl'), lines(...records));
    await stack.json(['ingest', stack.path('first.jsonl')]);
    stack.startWorker();
    const params = ['--params', stack.path('changed.json')];
    before = await start(stack.path('ids.txt'), '--shard-size', '7');
    otherSet = await start(stack.path('ids.txt'), ...params);
    const conditions = ['protocolSection', 'conditionsModule', 'conditions'];
    const status = ['protocolSection', 'statusModule', 'lastUpdatePostDateStruct'];
    const newer = records.map((record) =>
      spoiled(spoiled(record, conditions, ['Migraine']), status, {
        date: '2026-10-01',
        type: 'ACTUAL',
      }),
    );
    const title = ['protocolSection', 'identificationModule', 'briefTitle'];
    const named = newer.map((record) => spoiled(record, title, HOSTILE));
    const dated = named.map((record) =>
      spoiled(record, ['derivedSection', 'miscInfoModule', 'versionHolder'], '2026-10-01'),
    );
    writeFileSync(stack.path('second.jsonl'), lines(...dated));
    await stack.json(['ingest', stack.path('second.jsonl')]);
    newRecords = await start(stack.path('ids.txt'));
    both = await start(stack.path('fewer.txt'), ...params, '--shard-size', '11');
  }, 360_000);
  afterAll(() => stack.close());

  it('is nothing for a run and itself', async () => {
    const { code, stdout } = await stack.ncfd(['run', 'diff', before, before, '--exit-code']);
    expect([code, stdout.split('\n')[0]]).toEqual([0, `nothing differs: ${RECORDS} trials`]);
  });

  it('is all parameters when only the set changed, and names the key', async () => {
    const diff = await difference(before, otherSet);
    expect(diff.counts.differ).toBeGreaterThan(0);
    expect(diff.counts).toMatchObject({ records_changed: 0, not_repeated: 0 });
    expect(diff.counts.moved_by).toMatchObject({ data: 0, code: 0 });
    expect(diff.parameter_changes.map(({ pointer }) => pointer)).toEqual([
      ...['/values/prior.base', '/values/s2.power_min'],
    ]);
    expect(diff.counts.parameter_keys['/values/prior.base']).toBe(diff.counts.differ);
    const { code } = await stack.ncfd(['run', 'diff', before, otherSet, '--exit-code']);
    expect(code).toBe(1);
  });

  it('is all data when only the records changed, and names the fields', async () => {
    const diff = await difference(before, newRecords);
    expect(diff.counts.moved_by.data).toBeGreaterThan(0);
    expect(diff.counts.moved_by).toMatchObject({ parameters: 0, code: 0 });
    expect(Object.keys(diff.counts.record_fields)).toContain('/trial/area');
  });

  it('is divided exactly when both changed, and a trial that left is counted', async () => {
    const diff = await difference(before, both);
    expect(diff.counts).toMatchObject({ both: RECORDS - 1, entered: 0, left: 1 });
    expect(diff.left).toEqual([ids[0]]);
    expect(diff.code.status).toBe('same');
    expect(diff.counts.moved_by.data).toBeGreaterThan(0);
    expect(diff.counts.moved_by.parameters).toBeGreaterThan(0);
    const back = await difference(both, before);
    expect(back.counts).toMatchObject({ both: RECORDS - 1, entered: 1, left: 0 });
    expect(back.entered).toEqual([ids[0]]);
    const parts = diff.trials.flatMap((trial) => [trial.p_fail, trial.logit_post]);
    for (const part of parts.filter((one) => one !== null)) {
      expect(part.data + part.parameters + part.code).toBe(part.move);
      expect(part.from + part.move).toBe(part.to);
    }
  });

  it('is a page without script, written where it is asked for', async () => {
    const file = stack.path('diff.html');
    const args = ['run', 'diff', before, both, '--output', 'html', '--out', file];
    expect(await stack.ncfd(args)).toMatchObject({ code: 0, stdout: '' });
    const page = readFileSync(file, 'utf8');
    expect(page).toContain(`<h1>`);
    expect(page).not.toMatch(/<script|src="http/);
    expect(page).toContain('onerror=alert(1)');
    expect(page).not.toMatch(/<img|\u202e|\u0007/);
  });

  it('is refused for runs of two modes', async () => {
    const other = await start(stack.path('ids.txt'), '--mode', 'pre_readout');
    const { code, stderr } = await stack.ncfd(['run', 'diff', before, other]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('compare two runs of one mode')]);
  });
});
