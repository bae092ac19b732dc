import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { readLines } from '../../src/ingest/line-reader';
import { sharedData } from '../support/shared-data';
import { TestStack } from './command-line';

/** Records of the phase 3 file, and histories of the others, that a test takes: enough to shard. */
const RECORDS = 240;
const HISTORIES = 40;

const FILES: readonly (readonly [name: string, take: number])[] = [
  ['ctgov2016_phase3.jsonl.gz', RECORDS],
  ['ctgov_v2_raw.jsonl.gz', 60],
  ['registry_versions_v2_2026.jsonl.gz', HISTORIES],
  ['registry_versions_cthist.jsonl.gz', HISTORIES],
  ['registry_versions_covid2020.jsonl.gz', HISTORIES],
];

interface Shown {
  readonly runId: string;
  readonly status: string;
  readonly snapshot: string;
  readonly publication: string;
  readonly counts: Readonly<Record<string, number>>;
}

async function firstLines(file: string, take: number): Promise<string> {
  const stream = createReadStream(file).pipe(createGunzip());
  let text = '';
  let taken = 0;
  for await (const line of readLines(stream)) {
    if (line.kind === 'line') text += `${line.bytes.toString('utf8')}\n`;
    taken += 1;
    if (taken === take) break;
  }
  return text;
}

const found = FILES.map(([name, take]) => [sharedData(name), name, take] as const);
const all = found.every(([file]) => file !== null);

(all ? describe : describe.skip)('real registry records', () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await TestStack.open();
    for (const [file, name, take] of found) {
      writeFileSync(stack.path(name.replace('.gz', '')), await firstLines(file ?? '', take));
    }
    stack.startWorker();
  }, 120_000);
  afterAll(() => stack.close());

  it('load without a refusal, and change nothing when loaded again', async () => {
    const inputs = FILES.map(([name]) => stack.path(name.replace('.gz', '')));
    const first = await stack.json<Record<string, number>>(['ingest', ...inputs]);
    expect(first).toMatchObject({ rejected: 0, failed: 0 });
    expect(first.trials).toBeGreaterThan(RECORDS);
    const again = await stack.json<Record<string, number>>(['ingest', ...inputs]);
    expect(again).toMatchObject({ trials: 0, versions: 0, cards: 0, rejected: 0 });
  });

  it.each(['post_readout', 'pre_readout', 'post_readout --universe all'])(
    'are all accounted for, with the same bytes whatever the shard size: %s',
    async (words) => {
      const args = ['run', 'start', '--wait', '--as-of', '2026-07-01', '--again', '--mode'];
      const runs: Shown[] = [];
      for (const size of ['2000', '37']) {
        runs.push(await stack.json<Shown>([...args, ...words.split(' '), '--shard-size', size]));
      }
      const [one, other] = runs as [Shown, Shown];
      const { trials = 0, scored = 0, abstained = 0, quarantined = 0, errors } = one.counts;
      expect(trials).toBeGreaterThan(0);
      expect([scored + abstained + quarantined, errors]).toEqual([trials, 0]);
      expect(other.counts).toEqual(one.counts);
      expect([other.snapshot, other.publication]).toEqual([one.snapshot, one.publication]);
      const scores = stack.path(`scores-${one.runId}`);
      await stack.json(['publication', 'export', scores, one.runId]);
      const rows = readFileSync(`${scores}/evidence.ndjson`, 'utf8').split('\n').length - 1;
      expect(rows).toBe(scored + abstained);
    },
  );
});
