import { sha256 } from '../domain/manifest/digest';
import { publish, textOf } from '../../test/support/publications';
import {
  headerFor,
  nctId,
  scoredTrial,
  streamOf,
  variedTrials,
} from '../../test/support/scored-trials';
import type { PublicationHeader } from './input';
import { draftPublication } from './publication';

const TRIALS = [...variedTrials(60)];

/** Reads a publication to its end, for its refusal. */
async function refusal(trials = TRIALS, change: Partial<PublicationHeader> = {}): Promise<unknown> {
  const header = { ...headerFor(TRIALS), ...change };
  const draft = draftPublication({ header, scored: streamOf(trials) });
  for await (const { content } of draft.objects) for await (const _ of content);
  return null;
}

test('equal inputs give equal bytes', async () => {
  const [one, two] = [await publish(TRIALS), await publish(TRIALS)];
  expect(one.bytes).toEqual(two.bytes);
  expect(one.manifest.text).toBe(two.manifest.text);
});

test('the objects come in the order in which they can be made, with their rows', async () => {
  const { objects } = await publish(TRIALS);
  expect(objects.map(({ name, rows }) => [name, rows])).toEqual([
    ['evidence.ndjson', 60],
    ['scores.csv', 60],
    ['scores.parquet', 60],
    ['report.html', null],
  ]);
});

test('the manifest is canonical, lists the digest of each object, and names the publication', async () => {
  const { manifest, bytes } = await publish(TRIALS);
  expect(manifest.publicationSha256).toBe(sha256(manifest.text));
  expect(manifest.prefix).toBe(`publications/${manifest.publicationSha256}/`);
  expect(JSON.parse(manifest.text)).toEqual(manifest.value);
  const listed = manifest.value.objects as unknown as {
    name: string;
    sha256: string;
    bytes: number;
  }[];
  expect(listed.map(({ name }) => name)).toEqual([
    'evidence.ndjson',
    'report.html',
    'scores.csv',
    'scores.parquet',
  ]);
  for (const object of listed) {
    expect(object.sha256).toBe(sha256(bytes[object.name] as Buffer));
    expect(object.bytes).toBe(bytes[object.name]?.length);
  }
});

test('the manifest names mode, event, set, snapshot, universe and counts, and no time of the run', async () => {
  const { manifest } = await publish(TRIALS);
  expect(manifest.value).toMatchObject({
    format: 1,
    mode: 'post_readout',
    event: 'primary_endpoint_missed',
    as_of: '2026-03-20T00:00:00.000Z',
    cut_off: { earliest: '2026-03-06T00:00:00.000Z', latest: '2026-03-06T00:00:00.000Z' },
    parameter_set: { id: 'seed', semver: '1.0.0' },
    universe: { rule: 'read-out', left_out: { not_pivotal: 12, no_result_card: 7 } },
    counts: { trials: 60, errors: 0 },
  });
  expect(manifest.text).not.toMatch(/run_id|started_at|finished_at|shard/);
});

test('evidence lines come by trial id, each with signals, gates, stop rules and audit record', async () => {
  const lines = textOf(await publish(TRIALS), 'evidence.ndjson').split('\n');
  expect(lines.pop()).toBe('');
  expect(lines.map((line) => (JSON.parse(line) as { nct_id: string }).nct_id)).toEqual(
    TRIALS.map(({ nct_id }) => nct_id),
  );
  const first = JSON.parse(lines[0] as string) as Record<string, object>;
  expect(Object.keys(first)).toEqual([
    'audit',
    'context',
    'event',
    'gates',
    'nct_id',
    'score',
    'signals',
    'stop',
  ]);
  expect(first.audit).toMatchObject({
    parameter_set: 'c0'.repeat(32),
    snapshot: '5a'.repeat(32),
    p_fail: TRIALS[0]?.score.p_fail,
  });
});

test('a score that does not add up by one bit blocks the publication', async () => {
  const [first, ...rest] = TRIALS;
  if (first === undefined) throw new Error('there is a first trial');
  const p_fail = (first.score.p_fail ?? 0) * (1 + Number.EPSILON);
  const bent = { ...first, score: { ...first.score, p_fail } };
  await expect(refusal([bent, ...rest])).rejects.toMatchObject({ kind: 'AuditMismatch' });
});

test('trials that do not add up to the counts of the run block the publication', async () => {
  await expect(refusal(TRIALS.slice(1))).rejects.toMatchObject({ kind: 'VerificationMismatch' });
});

test('trials out of order, or twice, block the publication', async () => {
  const [first, second, ...rest] = TRIALS;
  if (first === undefined || second === undefined) throw new Error('there are two trials');
  await expect(refusal([second, first, ...rest])).rejects.toMatchObject({
    kind: 'VerificationMismatch',
  });
  await expect(refusal([first, first, ...rest])).rejects.toMatchObject({
    kind: 'VerificationMismatch',
  });
});

test('a trial of the other mode blocks the publication', async () => {
  await expect(refusal(TRIALS, { mode: 'pre_readout' })).rejects.toMatchObject({
    kind: 'VerificationMismatch',
  });
});

test('a signal that ended in an internal error blocks the publication', async () => {
  const trial = scoredTrial({ number: 1, signals: { S5: 'unknown' } });
  const failed = {
    ...trial,
    signals: {
      ...trial.signals,
      S5: {
        ...trial.signals.S5,
        state: 'unknown' as const,
        missing: [{ pointer: '', problem: 'internal_error' as const }],
      },
    },
  };
  await expect(publish([failed])).rejects.toMatchObject({ kind: 'InternalSignalErrors' });
});

test('a run of no trials is published with empty tables', async () => {
  const published = await publish([]);
  expect(textOf(published, 'evidence.ndjson')).toBe('');
  expect(textOf(published, 'scores.csv')).toMatch(/^rank,nct_id,[^\n]+\n$/);
  expect(textOf(published, 'report.html')).toContain('0 calls among 0 trials');
});

test('a run of abstentions only has rows without rank and a page without calls', async () => {
  const published = await publish([1, 2].map((number) => scoredTrial({ number, pi: null })));
  const rows = textOf(published, 'scores.csv').trimEnd().split('\n').slice(1);
  expect(rows.map((row) => row.slice(0, 13))).toEqual([`,${nctId(1)},`, `,${nctId(2)},`]);
  expect(textOf(published, 'report.html')).toContain('0 calls among 2 trials');
});
