import { runHeader, runKey, type RunIdentity } from './run-key';

const identity: RunIdentity = {
  kind: 'score',
  mode: 'post_readout',
  as_of: '2026-03-20T00:00:00Z',
  universe_rule: 'read-out',
  parameter_set_sha256: 'a'.repeat(64),
  code_version: '0.1.0+000000000000.node20.20',
  request_token: '',
};

describe('run key', () => {
  test('equal inputs are one run, whenever they are started', () => {
    const first = runHeader(identity, '2026-03-21T10:00:00Z');
    const second = runHeader({ ...identity }, '2026-03-22T11:00:00Z');
    expect(second.runKey).toBe(first.runKey);
    expect(second.runId).not.toBe(first.runId);
  });

  test.each([
    { mode: 'pre_readout' },
    { as_of: '2026-03-21T00:00:00Z' },
    { universe_rule: 'all' },
    { parameter_set_sha256: 'b'.repeat(64) },
    { code_version: '0.1.1' },
    { request_token: 'again-1' },
    { kind: 'backtest' },
  ] as Partial<RunIdentity>[])('another input is another run: %j', (change) => {
    expect(runKey({ ...identity, ...change })).not.toBe(runKey(identity));
  });

  test('the run id names the start to the second and the key, within 50 characters', () => {
    const { runId, runKey: key, runStartedAt } = runHeader(identity, '2026-03-21T10:00:07.891Z');
    expect(runId).toBe(`run-20260321T100007Z-${key.slice(0, 8)}`);
    expect(runId.length).toBeLessThanOrEqual(50);
    expect(runStartedAt).toBe('2026-03-21T10:00:07Z');
  });
});
