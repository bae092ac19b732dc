import { publish, textOf } from '../../../test/support/publications';
import {
  headerFor,
  scoredTrial,
  variedTrials,
  type TrialSpec,
} from '../../../test/support/scored-trials';
import type { ScoredTrial } from '../../domain/scoring/types';
import type { PublicationHeader } from '../input';
import { escapeText, html, webAddress } from './escape';

const pageOf = async (
  trials: readonly ScoredTrial[],
  change: Partial<PublicationHeader> = {},
): Promise<string> => textOf(await publish(trials, change), 'report.html');

const CALLED: TrialSpec = { number: 7, signals: { S1: 'H', S2: 'H', S5: 'M', S6: 'H' } };
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'><svg/onload=alert(1)>",
  '</title></style><script>alert(1)</script>',
  '<!--<a href="javascript:alert(1)">',
];

describe('text of records is data, never markup', () => {
  test.each(HOSTILE)('as title, quote and reason of a quarantine: %s', async (text) => {
    const page = await pageOf([scoredTrial({ ...CALLED, title: text, quote: text })], {
      quarantined: [{ nct_id: 'NCT00000009', code: text, message: text }],
    });
    expect(page).not.toContain(text);
    expect(page).toContain(escapeText(text));
    expect(page).not.toMatch(/<(script|img|iframe|object|embed|form|base|link)\b/i);
    expect(page).not.toMatch(/<[^>]+\son[a-z]+\s*=/i);
  });

  test('a source address of another scheme does not become a link', async () => {
    const page = await pageOf([scoredTrial({ ...CALLED, sourceUrl: 'javascript:alert(1)' })]);
    expect(page).not.toContain('javascript:');
  });

  test('only web addresses without quotes, angles or spaces are addresses', () => {
    expect(webAddress('https://example.org/a?b=c&d=e')).toBe('https://example.org/a?b=c&d=e');
    const bad = ['data:text/html,x', '//example.org', 'https://a"b', 'https://a<b', ' https://a b'];
    expect(bad.map(webAddress)).toEqual(bad.map(() => null));
  });

  test('characters that hide or turn text are replaced', () => {
    expect(escapeText('a\u202eb\u0000c')).toBe('a\ufffdb\ufffdc');
  });

  test('a template escapes values, keeps markup, joins lists and leaves out null', () => {
    expect(html`<p>${'<&>'}${html`<b>${1}</b>`}${['x', null]}</p>`.markup).toBe(
      '<p>&lt;&amp;&gt;<b>1</b>x</p>',
    );
  });
});

test('the page asks for nothing from outside', async () => {
  const page = await pageOf([...variedTrials(30)]);
  expect(page).toContain(`default-src &#39;none&#39;`.replace(/&#39;/g, "'"));
  expect(page).not.toMatch(/\ssrc=|@import|url\(|<link\b|<script\b/i);
  const hrefs = [...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href as string);
  const others = hrefs.filter((href) => !/^(#|https:\/\/clinicaltrials\.gov)/.test(href));
  expect(others).toEqual([]);
});

test('a call shows its sentence per gate, quote, registry link, log-odds and what is unknown', async () => {
  const page = await pageOf([
    scoredTrial({ ...CALLED, signals: { ...CALLED.signals, S9: 'unknown' } }),
  ]);
  expect(page).toContain('1 call among 1 trial');
  for (const gate of ['G1 alpha meltdown fired', 'G2 analysis gaming is clear'])
    expect(page).toContain(gate);
  expect(page).toContain('Made-up quote: the analysis used the population');
  expect(page).toContain('href="https://clinicaltrials.gov/study/NCT00000007"');
  expect(page).toContain('×4.20');
  expect(page).toMatch(/\+1\.44/);
  expect(page).toMatch(/<b>S9<\/b>[\s\S]{0,80}<code>\/os\/hr<\/code> missing/);
});

test('pointers into one document are told together, and a program study links to its own record', async () => {
  const trial = scoredTrial(CALLED);
  const item = { kind: 'study_card', ref_id: 'NCT00000099-results', ref_sha256: null } as const;
  const evidence = ['/os/hr', '/pfs/hr'].map((pointer) => ({
    ...item,
    pointer,
    published_at: null,
  }));
  const signals = { ...trial.signals, S1: { ...trial.signals.S1, evidence } };
  const page = await pageOf([{ ...trial, signals }]);
  expect(page).toMatch(
    /href="https:\/\/clinicaltrials\.gov\/study\/NCT00000099"[^>]*>study card NCT00000099-results<\/a>:\s*<code>\/os\/hr<\/code>, <code>\/pfs\/hr<\/code>/,
  );
});

test('calls by posterior and by stop rule are listed apart', async () => {
  const page = await pageOf([scoredTrial(CALLED), scoredTrial({ number: 8, stop: 2 })]);
  const [before, after] = page.split('By stop rule') as [string, string];
  expect(before).toContain('id="NCT00000007"');
  expect(after).toContain('id="NCT00000008"');
  expect(before).not.toContain('id="NCT00000008"');
});

test('an expert set is said not to be measured, and the third stop rule not to be supported', async () => {
  const page = await pageOf([scoredTrial(CALLED)]);
  expect(page).toMatch(/numbers of set <code>seed<\/code> are not measured/);
  expect(page).toContain('is not supported by data');
});

test('a measured set carries no such warning', async () => {
  const { parameters } = headerFor([]);
  const { G1, G2, G3, G4 } = parameters.gateLr;
  const gateLr = { G1: { ...G1, status: 'measured' as const }, G2, G3, G4 };
  const page = await pageOf([scoredTrial(CALLED)], { parameters: { ...parameters, gateLr } });
  expect(page).not.toContain('are not measured');
});

test('synthetic trials are marked and are not linked to the registry', async () => {
  const page = await pageOf([scoredTrial(CALLED)], { synthetic: true });
  expect(page).toContain('Synthetic data');
  expect(page).not.toContain('clinicaltrials.gov/study');
});

test('the source of the text is named with its data date and that it was modified', async () => {
  const page = (await pageOf([scoredTrial(CALLED)])).replace(/\s+/g, ' ');
  expect(page).toMatch(
    /Text about trials comes from <a [^>]+>ClinicalTrials\.gov<\/a> \([^)]*data date 2016-03-27 to 2026-02-11\) and was modified/,
  );
});

test('the page of 200 trials stays below 500 kB, and so does that of many with long texts', async () => {
  const long = 'long words of a record '.repeat(13);
  const many = Array.from({ length: 900 }, (_, index) =>
    scoredTrial({
      number: index + 1,
      title: long,
      quote: long,
      signals: { S1: 'H', S2: 'H', S3: 'H', S4: 'H', S5: 'H', S6: 'H', S8: 'M', S9: 'unknown' },
      ...(index % 2 === 0 ? { signals: { S1: 'H' }, stop: 0 } : {}),
    }),
  );
  expect((await publish([...variedTrials(200)])).bytes['report.html']?.length).toBeLessThan(
    500_000,
  );
  expect((await publish(many)).bytes['report.html']?.length).toBeLessThan(500_000);
});

test('lists that leave something out say how many', async () => {
  const page = await pageOf([...variedTrials(600)]);
  expect(page).toMatch(
    /\d+ more are in scores\.csv; the case of every trial is in evidence\.ndjson/,
  );
});
