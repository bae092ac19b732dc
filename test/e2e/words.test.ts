import { exitCodeOf } from '../../src/cli/exit-codes';
import { formatIn, renderListing } from '../../src/cli/output';
import { duration, grouped } from '../../src/cli/progress';
import { progressText } from '../../src/cli/watch-run';
import { NcfdError } from '../../src/contracts/errors';

describe('the words of the command line', () => {
  it('tell stage, shards, speed and what is left', () => {
    const progress = {
      shards: 16,
      trials: 31_359,
      frozen: 16,
      scored: 4,
      failed: 1,
      paused: null,
    };
    expect(progressText({ stage: 'score', ...progress }, 10)).toBe(
      'score: 4/16 shards of 31,359 trials, 1,960 trials/s, ETA 6 s, 1 shard(s) failed',
    );
    const paused = { actor: 'ada', reason: 'look', at: '2026-01-01T00:00:00Z' };
    expect(progressText({ stage: 'score', ...progress, paused }, 10)).toBe(
      'score: 4/16 shards of 31,359 trials, paused by ada, 1 shard(s) failed',
    );
    const empty = { shards: 0, trials: 0, frozen: 0, scored: 0, failed: 0, paused: null };
    expect(progressText({ stage: 'plan', ...empty }, 0)).toBe('plan: choosing the trials');
  });

  it.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [65, '1 m 05 s'],
    [3_725, '1 h 02 m'],
  ])('write %s seconds as %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  it('group digits alike on every machine', () => {
    expect([999, 1_000, 31_359, 1_234_567].map(grouped)).toEqual([
      '999',
      '1,000',
      '31,359',
      '1,234,567',
    ]);
  });

  it('find the output format also in a command line that is wrong', () => {
    expect(formatIn(['run', '--output', 'json', '--nosuch'])).toBe('json');
    expect(formatIn(['run', '--output=jsonl'])).toBe('jsonl');
    expect(formatIn(['run', '-o', 'csv'])).toBe('csv');
    expect(formatIn(['run'])).toBeNull();
  });

  it('say with the exit code what kind of trouble it was', () => {
    const codes = (
      ['BadUsage', 'DatabaseUnreachable', 'RunNotFound', 'ArtifactCorrupt', 'ShardsFailed'] as const
    ).map((kind) => exitCodeOf(new NcfdError(kind, '')));
    expect(codes).toEqual([2, 3, 4, 5, 6]);
    expect(exitCodeOf(new Error('surprise'))).toBe(70);
  });

  it('render the same rows as a table, JSON, lines and CSV that no spreadsheet runs', async () => {
    const listing = {
      name: 'rows',
      columns: ['a', 'b'],
      rows: [{ a: '=1+1', b: null }],
      empty: 'nothing',
    };
    expect(await renderListing(listing, 'text')).toContain('=1+1');
    expect(JSON.parse(await renderListing(listing, 'json'))).toEqual({
      schemaVersion: 1,
      rows: [{ a: '=1+1', b: null }],
    });
    expect(await renderListing(listing, 'jsonl')).toBe('{"a":"=1+1","b":null}\n');
    expect(await renderListing(listing, 'csv')).toBe("a,b\n'=1+1,\n");
    expect(await renderListing({ ...listing, rows: [] }, 'text')).toBe('nothing\n');
  });
});
