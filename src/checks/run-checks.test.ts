import { NcfdError } from '../contracts/errors';
import type { Check, CheckOutcome } from './check';
import { runChecks } from './run-checks';

const TIMEOUT_MS = 50;

const check = (
  id: string,
  run: Check['run'] | CheckOutcome,
  extra: Partial<Check> = {},
): Check => ({
  id,
  title: `the ${id}`,
  required: false,
  run: typeof run === 'function' ? run : async () => run,
  ...extra,
});
const OK: CheckOutcome = { status: 'ok', reason: 'answers' };
const never = () => new Promise<CheckOutcome>(() => undefined);

describe('the verdict over all checks', () => {
  it.each<[string, string, readonly [CheckOutcome['status'], boolean][]]>([
    [
      'healthy when every check is ok',
      'healthy',
      [
        ['ok', true],
        ['ok', false],
      ],
    ],
    [
      'healthy when what is not configured is not required',
      'healthy',
      [
        ['ok', true],
        ['off', false],
      ],
    ],
    [
      'degraded when a check that is not required failed',
      'degraded',
      [
        ['ok', true],
        ['failed', false],
      ],
    ],
    ['degraded when a required check is degraded', 'degraded', [['degraded', true]]],
    [
      'down when a required check failed',
      'down',
      [
        ['failed', true],
        ['ok', false],
      ],
    ],
    [
      'down when a required check is not configured',
      'down',
      [
        ['off', true],
        ['ok', false],
      ],
    ],
    ['healthy when there is nothing to check', 'healthy', []],
  ])('is %s', async (_, verdict, found) => {
    const checks = found.map(([status, required], index) =>
      check(`c${index}`, { status, reason: status }, { required }),
    );
    expect((await runChecks(checks, { timeoutMs: TIMEOUT_MS })).verdict).toBe(verdict);
  });
});

describe('one round of checks', () => {
  it('starts all checks before it waits for any', async () => {
    const started: string[] = [];
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const waiting = (id: string) =>
      check(id, async () => {
        started.push(id);
        if (started.length === 3) open();
        await gate;
        return OK;
      });
    const { checks } = await runChecks([waiting('a'), waiting('b'), waiting('c')], {
      timeoutMs: 5_000,
    });
    expect(checks.map(({ id, status }) => [id, status])).toEqual([
      ['a', 'ok'],
      ['b', 'ok'],
      ['c', 'ok'],
    ]);
  });

  it('ends in time when everything hangs and ignores its signal, and names who is silent', async () => {
    const hanging = Array.from({ length: 20 }, (_, i) =>
      check(`h${i}`, never, { required: true, target: `host-${i}:5432` }),
    );
    const report = await runChecks([...hanging, check('well', OK)], { timeoutMs: TIMEOUT_MS });
    expect(report.verdict).toBe('down');
    expect(report.checks[7]).toMatchObject({
      status: 'failed',
      reason: 'no answer from host-7:5432 within 0.05 s',
    });
    expect(report.checks[7]?.latencyMs).toBeGreaterThanOrEqual(TIMEOUT_MS - 1);
    expect(report.checks.at(-1)).toMatchObject({ id: 'well', status: 'ok' });
  });

  it('tells a check that its time is over, and does not wait for what it does then', async () => {
    let told = false;
    const obedient = check('slow', (signal) => {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          told = true;
          reject(new Error('given up'));
        });
      });
    });
    const { checks } = await runChecks([obedient], { timeoutMs: TIMEOUT_MS });
    expect(told).toBe(true);
    expect(checks[0]).toMatchObject({ status: 'failed', reason: 'no answer within 0.05 s' });
  });

  it('gives what a check throws as the reason, with the hint of our own errors', async () => {
    const { checks } = await runChecks(
      [
        check('ours', async () => {
          throw new NcfdError('DatabaseUnreachable', 'cannot reach it', { hint: 'Start it.' });
        }),
        check('theirs', () => {
          throw new Error('at once');
        }),
      ],
      { timeoutMs: TIMEOUT_MS },
    );
    expect(checks).toMatchObject([
      { status: 'failed', reason: 'cannot reach it', hint: 'Start it.' },
      { status: 'failed', reason: 'at once', hint: null },
    ]);
  });
});
