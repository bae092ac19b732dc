import type { RunInput } from '../../src/contracts/run';
import { SAMPLE_AS_OF } from '../../src/dev/sample/plan';
import { dayNumber, formatDay } from '../../src/domain/time/calendar';
import { TestStack } from '../e2e/command-line';
import { createHarness, type Harness } from '../workflow/support/harness';
import { CaseBook, LONG, NO_VIOLATION } from './support/cases';
import { auditChainHolds, readPublication } from './support/invariants';
import { driveRun, WorkerLife } from './support/worker-life';

const book = new CaseBook('starts.test.ts');
/** People who start the same run in the same moment. */
const STARTS = 64;
/** Processes of the command line that do so; each takes a second of a processor. */
const PROCESSES = LONG ? 16 : 4;
/** Between two questions how a run stands, which its worker answers: many ask at once here. */
const ASKED_EVERY_MS = 10_000;
/** Runs of different keys at once. */
const RUNS = 16;

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness();
  await harness.startWorker();
});
afterAll(() => harness.close());

/** Registers and starts, as `ncfd run start` does, then waits for the answer. */
async function startedAndAwaited(input: RunInput): Promise<{ kind: string; answer: string }> {
  await harness.stores.runs.createRun(input.header);
  const { kind } = await harness.client.startRun(input);
  const result = await harness.client.awaitRun(input.header.runKey, { pollMs: ASKED_EVERY_MS });
  return { kind, answer: JSON.stringify(result) };
}

async function sameStart(): Promise<readonly string[]> {
  const input = await harness.register();
  const all = await Promise.all(Array.from({ length: STARTS }, () => startedAndAwaited(input)));
  const problems = await publishedOnce(input);
  const started = all.filter(({ kind }) => kind === 'started').length;
  if (started !== 1) problems.push(`${started} of ${STARTS} starts began a run`);
  const answers = new Set(all.map(({ answer }) => answer));
  if (answers.size !== 1) problems.push(`${answers.size} different answers: ${[...answers]}`);
  return problems;
}

/** One row, one publication, one manifest, one audit record of a run key, and the bytes are whole. */
async function publishedOnce({ header }: RunInput): Promise<string[]> {
  const [found] = await harness.query<Record<'runs' | 'publications' | 'sha' | 'audits', string>>(
    `SELECT count(DISTINCT r.run_id) AS runs, count(DISTINCT p.publication_sha256) AS publications,
            min(r.publication_sha256) AS sha,
            (SELECT count(*) FROM audit_log WHERE action = 'publish' AND subject = $2) AS audits
       FROM runs r LEFT JOIN publications p USING (run_id) WHERE r.idempotency_key = $1`,
    [header.runKey, header.runId],
  );
  const problems: string[] = [];
  for (const what of ['runs', 'publications', 'audits'] as const) {
    if (Number(found?.[what]) !== 1) problems.push(`${found?.[what]} ${what} of one run key`);
  }
  const { artifacts } = harness.stores;
  await readPublication(artifacts, found?.sha ?? '').catch((e: unknown) =>
    problems.push(String(e)),
  );
  return problems;
}

/** The publication that a run of the same bytes has when it is alone. */
async function alone(header: RunInput['header']): Promise<string> {
  const token = `${header.identity.request_token}-alone`;
  const input = await harness.register({ identity: { ...header.identity, request_token: token } });
  const worker = new WorkerLife(harness.stores);
  return (await driveRun(worker.attempt.bind(worker), input)).publicationSha256;
}

interface Pointer {
  readonly current: string;
  readonly revision: string;
}

const pointer = async (): Promise<Pointer | undefined> =>
  (
    await harness.query<Pointer & Record<string, string>>(
      `SELECT publication_sha256 AS current, revision::text FROM publication_pointer
        WHERE mode = $1`,
      ['post_readout'],
    )
  )[0];

/** Publications of many runs follow each other: none is lost, none is there twice. */
async function inOneChain(shas: readonly string[], before?: Pointer): Promise<string[]> {
  const after = await pointer();
  const moves = Number(after?.revision) - Number(before?.revision);
  const problems = moves === shas.length ? [] : [`the pointer moved ${moves} times`];
  const rows = await harness.query<{ sha: string; supersedes: string }>(
    'SELECT publication_sha256 AS sha, supersedes FROM publications WHERE mode = $1',
    ['post_readout'],
  );
  const previous = new Map(rows.map(({ sha, supersedes }) => [sha, supersedes]));
  const left = new Set(shas);
  let at = after?.current;
  while (at !== undefined && left.delete(at)) at = previous.get(at);
  if (left.size > 0) problems.push(`${left.size} publications are not behind the pointer`);
  if (at !== before?.current) problems.push(`the first of them follows ${at}`);
  return problems;
}

const [YEAR = 0, MONTH = 0, DAY = 0] = SAMPLE_AS_OF.split('-').map(Number);

async function manyRuns(): Promise<void> {
  const before = await pointer();
  const inputs = await Promise.all(
    Array.from({ length: RUNS }, (_, i) => {
      const as_of = `${formatDay(dayNumber(YEAR, MONTH, DAY) - i - 1)}T00:00:00Z`;
      return harness.register({ identity: { as_of } });
    }),
  );
  const ended = await Promise.allSettled(inputs.map((input) => startedAndAwaited(input)));
  const shas: string[] = [];
  for (const [i, input] of inputs.entries()) {
    await book.try('16 runs at once', `runs:${i}`, async () => {
      const one = ended[i];
      if (one?.status !== 'fulfilled') return [`ended in ${String(one?.reason)}`];
      const { publicationSha256: sha } = JSON.parse(one.value.answer) as {
        publicationSha256: string;
      };
      shas.push(sha);
      return publishedOnce(input);
    });
  }
  await book.try('16 runs at once', 'runs:pointer', () => inOneChain(shas, before));
  for (const [i, { header }] of inputs.entries()) {
    await book.try('16 runs at once: bytes of each alone', `runs:alone:${i}`, async () => {
      const sha = await alone(header);
      return sha === shas[i] ? [] : [`alone it publishes ${sha}, among others ${shas[i]}`];
    });
  }
}

async function processes(): Promise<readonly string[]> {
  const stack = await TestStack.open();
  try {
    const params = stack.demoParameters();
    await stack.ncfd(['sample', 'write', stack.path('sample'), '--count', '20']);
    await stack.json(['ingest', stack.path('sample')]);
    stack.startWorker();
    const start = [
      'run',
      'start',
      '--wait',
      '--universe',
      'all',
      '--as-of',
      SAMPLE_AS_OF,
      '--params',
      params,
    ];
    const all = await Promise.all(
      Array.from({ length: PROCESSES }, () => stack.json<{ publication: string }>(start)),
    );
    const answers = new Set(all.map((answer) => JSON.stringify(answer)));
    const { runs } = await stack.json<{ runs: readonly unknown[] }>(['run', 'list']);
    return [
      ...(answers.size === 1 ? [] : [`${answers.size} answers: ${[...answers].join('\n')}`]),
      ...(runs.length === 1 ? [] : [`${runs.length} runs are stored`]),
    ];
  } finally {
    await stack.close();
  }
}

test('the same run started by many at once is one run with one answer; many runs at once are each as alone', async () => {
  await book.try(`${STARTS} starts of one run at once`, 'starts:api', sameStart);
  await manyRuns();
  await book.try(`${PROCESSES} processes start one run at once`, 'starts:processes', processes);
  const admin = harness.settings.databaseUrl ?? '';
  expect(await auditChainHolds(admin)).toEqual([]);
  expect(book.close()).toEqual(NO_VIOLATION);
}, 300_000);
