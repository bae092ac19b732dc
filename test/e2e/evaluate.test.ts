import { readFileSync } from 'node:fs';
import { sharedVectors } from '../support/shared-data';
import { ncfd } from './command-line';

interface Evaluated {
  readonly id: string;
  readonly input_issues: readonly { readonly pointer: string }[];
  readonly signals: Readonly<
    Record<string, { readonly state: string; readonly severity?: string }>
  >;
  readonly score: { readonly p_fail: number; readonly decision: string };
}
interface Vector {
  readonly id: string;
  readonly input: object;
  readonly expect: {
    readonly signals?: Record<string, { readonly state: string; readonly severity?: string }>;
  };
}

const linesOf = <T>(text: string): T[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

describe('ncfd evaluate', () => {
  it('answers every shared vector, in order, with the states that are expected', async () => {
    const file = sharedVectors('cards.jsonl');
    if (file === null) return;
    const vectors = linesOf<Vector>(readFileSync(file, 'utf8'));
    const stdin = vectors.map(({ id, input }) => JSON.stringify({ id, ...input })).join('\n');
    const { code, stdout } = await ncfd(['evaluate', '--input', '-', '--params', 'seed'], {
      stdin,
    });
    const results = linesOf<Evaluated>(stdout);
    expect(code).toBe(0);
    expect(results.map(({ id }) => id)).toEqual(vectors.map(({ id }) => id));
    const wrong = vectors.flatMap(({ id, expect: { signals = {} } }, i) =>
      Object.entries(signals)
        .filter(([name, { state, severity }]) => {
          const found = results[i]?.signals[name];
          return found?.state !== state || (state === 'fired' && found?.severity !== severity);
        })
        .map(([name]) => `${id} ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('needs no server and no configuration', async () => {
    const bundle = { id: 'a', card: { primary_result: { ITT: { p: 0.048 } } } };
    const { code, stdout } = await ncfd(['evaluate'], { stdin: JSON.stringify(bundle) });
    expect(code).toBe(0);
    expect(linesOf<Evaluated>(stdout)[0]?.signals.S8).toMatchObject({ state: 'fired' });
  });

  it('tells a value out of range as an input issue and still ends with 0', async () => {
    const bundle = {
      id: 'a',
      card: { primary_result: { ITT: { p: 1.7 } }, arms: { t: { n: -5 } }, single_arm: 'yes' },
    };
    const { code, stdout } = await ncfd(['evaluate'], { stdin: JSON.stringify(bundle) });
    expect(code).toBe(0);
    const pointers = linesOf<Evaluated>(stdout)[0]?.input_issues.map(({ pointer }) => pointer);
    expect(pointers).toEqual(
      expect.arrayContaining([
        expect.stringContaining('/primary_result/ITT/p'),
        expect.stringContaining('/arms/t/n'),
        expect.stringContaining('/single_arm'),
      ]),
    );
  });

  it('evaluates the other lines when one is not JSON, names the line and ends with 1', async () => {
    const stdin = '{"id":"a","card":{}}\n{"id":\n{"id":"c","card":{}}\n';
    const { code, stdout, stderr } = await ncfd(['evaluate'], { stdin });
    expect(code).toBe(1);
    expect(linesOf<Evaluated>(stdout).map(({ id }) => id)).toEqual(['a', 'c']);
    expect(stderr).toContain('-:2: Not valid JSON');
    expect(stderr).toContain('NCFD1007');
  });

  it('gives the same exit code in every output form', async () => {
    for (const output of ['text', 'json', 'jsonl']) {
      const good = await ncfd(['evaluate', '--output', output], { stdin: '{"id":"a","card":{}}' });
      expect([output, good.code]).toEqual([output, 0]);
      const bad = await ncfd(['evaluate', '--output', output], { stdin: '{' });
      expect([output, bad.code]).toEqual([output, 1]);
    }
  });

  it('refuses an unknown parameter set with 2, as one JSON object when JSON is asked for', async () => {
    const args = ['evaluate', '--params', 'nosuch', '--output', 'json'];
    const { code, stdout, stderr } = await ncfd(args, { stdin: '' });
    expect([code, stdout]).toEqual([2, '']);
    expect(JSON.parse(stderr)).toMatchObject({
      schemaVersion: 1,
      error: { code: 'NCFD1003', retryable: false, hint: expect.stringContaining('seed') },
    });
  });
});
