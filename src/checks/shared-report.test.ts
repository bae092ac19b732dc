import type { CheckOutcome, CheckReport } from './check';
import { sharedReport, withoutPilingUp } from './shared-report';

const report = (at: number): CheckReport => ({ verdict: 'healthy', at: String(at), checks: [] });

describe('a report that is shared', () => {
  it('looks once for all who ask at the same time, and once more after the answer has aged', async () => {
    let looks = 0;
    let clock = 0;
    const ask = sharedReport(
      async () => report((looks += 1)),
      1_000,
      () => clock,
    );
    const first = await Promise.all(Array.from({ length: 50 }, ask));
    expect(new Set(first.map(({ at }) => at))).toEqual(new Set(['1']));
    clock = 999;
    expect((await ask()).at).toBe('1');
    clock = 1_000;
    expect((await ask()).at).toBe('2');
    expect(looks).toBe(2);
  });

  it('looks again after a look that failed', async () => {
    let looks = 0;
    const ask = sharedReport(async () => {
      looks += 1;
      if (looks === 1) throw new Error('broken');
      return report(looks);
    }, 1_000);
    await expect(ask()).rejects.toThrow('broken');
    expect((await ask()).at).toBe('2');
  });
});

test('a check that hangs is not begun again until it has ended', async () => {
  const ends: ((outcome: CheckOutcome) => void)[] = [];
  const check = withoutPilingUp({
    id: 'disk',
    title: 'disk',
    required: true,
    run: () => new Promise((resolve) => ends.push(resolve)),
  });
  const { signal } = new AbortController();
  const first = check.run(signal);
  await expect(check.run(signal)).resolves.toMatchObject({
    status: 'failed',
    reason: expect.stringMatching(/^hangs: a look begun \d+ s ago has no answer$/) as string,
  });
  expect(ends).toHaveLength(1);
  ends[0]?.({ status: 'ok', reason: 'back' });
  await expect(first).resolves.toMatchObject({ reason: 'back' });
  void check.run(signal);
  expect(ends).toHaveLength(2);
});
