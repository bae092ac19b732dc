import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { ErrorName } from '../../src/contracts/errors';
import { openApiDocument } from '../../src/api/openapi';
import { openApiBed, type ApiBed } from './support';

interface Page {
  readonly items: readonly Record<string, unknown>[];
  readonly next: string | null;
  readonly matched: number;
  readonly publication: string;
}

let bed: ApiBed;
let first: { readonly runId: string; readonly sha256: string };
beforeAll(async () => {
  bed = await openApiBed();
  first = await bed.publish();
}, 120_000);
afterAll(() => bed.close());

const get = (what: string, headers: Record<string, string> = {}) =>
  fetch(bed.api.url + what, { headers });
async function json<T>(what: string): Promise<T> {
  const response = await get(what);
  expect([what, response.status]).toEqual([what, 200]);
  return (await response.json()) as T;
}
async function pages(what: string): Promise<Page[]> {
  const read: Page[] = [];
  for (let cursor: string | null = ''; cursor !== null; cursor = read.at(-1)?.next ?? null) {
    const joint = what.includes('?') ? '&' : '?';
    read.push(await json<Page>(`${what}${joint}limit=7${cursor && `&cursor=${cursor}`}`));
  }
  return read;
}

describe('the API', () => {
  it('gives every score once, in rank order, abstentions last, page by page', async () => {
    const all = await pages('/v1/publications/current/scores');
    const rows = all.flatMap(({ items }) => items);
    const ids = rows.map(({ nct_id }) => nct_id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(all[0]?.matched ?? -1);
    const ranks = rows.map(({ rank }) => rank);
    const ranked = ranks.filter((rank) => rank !== null);
    expect(ranks).toEqual([
      ...ranked.map((_, index) => index + 1),
      ...ranks.slice(ranked.length).map(() => null),
    ]);
    const csv = await (await get('/v1/publications/current/objects/scores.csv')).text();
    const inFile = csv.split('\n').flatMap((line) => /NCT\d{8}/.exec(line)?.[0] ?? []);
    expect(ids).toEqual(inFile);
  });

  it('filters scores by decision, area, gate, p_fail and text', async () => {
    const all = (await pages('/v1/publications/current/scores')).flatMap(({ items }) => items);
    const [some] = all;
    const filters: Record<string, (row: Record<string, unknown>) => boolean> = {
      'decision=call': (row) => row['decision'] === 'call',
      'decision=abstain': (row) => row['decision'] === 'abstain',
      [`area=${String(some?.['area'])}`]: (row) => row['area'] === some?.['area'],
      'gate=G1': (row) => row['G1'] === 'fired',
      'min_p_fail=0.5': (row) => Number(row['p_fail'] ?? -1) >= 0.5,
      [`text=${String(some?.['nct_id']).toLowerCase()}`]: (row) =>
        row['nct_id'] === some?.['nct_id'],
    };
    for (const [filter, fits] of Object.entries(filters)) {
      const found = await pages(`/v1/publications/current/scores?${filter}`);
      const rows = found.flatMap(({ items }) => items);
      expect([filter, rows]).toEqual([filter, all.filter(fits)]);
      expect(rows.length).toBeLessThan(all.length);
    }
  });

  it('gives the evidence of a trial as it was published, with the parts of its score', async () => {
    const evidence = await (await get('/v1/publications/current/objects/evidence.ndjson')).text();
    for (const text of evidence.trimEnd().split('\n').slice(0, 5)) {
      const line = JSON.parse(text) as { nct_id: string };
      const trial = await json<Record<string, unknown>>(
        `/v1/publications/${first.sha256}/trials/${line.nct_id}`,
      );
      expect(trial['evidence']).toEqual(line);
      expect(trial).toMatchObject({
        publication: first.sha256,
        problems: [],
        explained: { wrong: null },
      });
    }
  });

  it('answers 304 to who has the bytes of a publication, and anew when another is current', async () => {
    const what = '/v1/publications/current/scores?decision=call';
    const before = await get(what);
    const etag = before.headers.get('etag') ?? '';
    expect(etag).toContain(first.sha256);
    const known = await get(what, { 'if-none-match': `"other", W/${etag}` });
    expect([known.status, await known.text()]).toEqual([304, '']);

    const begun = await json<Page>('/v1/publications/current/scores?limit=5');
    const second = await bed.publish({ identity: { universe_rule: 'read-out' } });
    const after = await get(what, { 'if-none-match': etag });
    expect([after.status, ((await after.json()) as Page).publication]).toEqual([
      200,
      second.sha256,
    ]);
    // A list that was begun is read to its end in the publication in which it was begun.
    const following = await json<Page>(
      `/v1/publications/current/scores?limit=5&cursor=${begun.next}`,
    );
    expect(following.publication).toBe(first.sha256);
    expect(following.items[0]?.['rank']).toBe(6);
    const listed = await pages('/v1/publications');
    const digests = listed.flatMap(({ items }) => items.map(({ publication }) => publication));
    expect(digests).toEqual([second.sha256, first.sha256]);
    const one = await json<Page>('/v1/publications?limit=1');
    const other = await json<Page>(`/v1/publications?limit=1&cursor=${one.next}`);
    expect([one.items[0], other.items[0], other.next]).toEqual([
      expect.objectContaining({ publication: second.sha256 }),
      expect.objectContaining({ publication: first.sha256, supersedes: null }),
      null,
    ]);
  });

  it.each<[string, number, ErrorName | 'any', string]>([
    ['/v1/publications/current/trials/NCT99999999', 404, 'TrialNotFound', 'NCFD3007'],
    [`/v1/publications/${'0'.repeat(64)}`, 404, 'PublicationNotFound', 'NCFD3006'],
    ['/v1/publications/current?mode=pre_readout', 404, 'PublicationNotFound', 'NCFD3006'],
    ['/v1/runs/run-none', 404, 'RunNotFound', 'NCFD3005'],
    ['/v1/nothing', 404, 'RouteNotFound', 'NCFD7004'],
    ['/v1/publications/..%2f..%2fetc/scores', 400, 'any', 'NCFD7005'],
    ['/v1/publications/current/scores?limit=0', 400, 'any', 'NCFD7005'],
    ['/v1/publications/current/scores?limt=5', 400, 'any', 'NCFD7005'],
    ['/v1/publications/current/scores?cursor=e30', 400, 'BadUsage', 'NCFD1001'],
    ['/v1/publications/current/scores?cursor=%00', 400, 'BadUsage', 'NCFD1001'],
    ['/v1/publications/current/objects/secrets.txt', 400, 'any', 'NCFD7005'],
  ])('says what is wrong as a problem with our code: %s', async (what, status, _kind, code) => {
    const response = await get(what);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(await response.json()).toMatchObject({
      status,
      code,
      type: 'about:blank',
      instance: response.headers.get('x-request-id'),
    });
  });

  it('answers within its schemas, and keeps answers from being framed, sniffed or stored', async () => {
    const ajv = new Ajv2020({ strict: false });
    const document = openApiDocument() as {
      paths: Record<
        string,
        { get?: { responses: Record<string, { content: Record<string, { schema: object }> }> } }
      >;
    };
    const tried: Record<string, string> = {
      '/v1/publications': '/v1/publications',
      '/v1/publications/{publication}': `/v1/publications/${first.sha256}`,
      '/v1/publications/{publication}/scores': '/v1/publications/current/scores',
      '/v1/runs': '/v1/runs',
      '/v1/runs/{run}': `/v1/runs/${first.runId}`,
      '/readyz': '/readyz',
      '/version': '/version',
    };
    for (const [name, what] of Object.entries(tried)) {
      const response = await get(what);
      const body = await response.json();
      const content = document.paths[name]?.get?.responses['200']?.content ?? {};
      const valid = ajv.validate(content['application/json']?.schema ?? false, body);
      expect([name, valid, ajv.errorsText()]).toEqual([name, true, 'No errors']);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cache-control': expect.stringMatching(/^no-store$|^private, no-cache$/),
      });
    }
  });

  it('counts requests by route and status, and never by what a caller wrote', async () => {
    await get('/v1/nothing?x=1');
    await get(`/v1/publications/${first.sha256}`);
    const text = await (await get('/metrics')).text();
    expect(text).toMatch(
      /ncfd_api_requests_total\{method="GET",route="\/v1\/publications\/:publication",status="200"\} [1-9]/,
    );
    expect(text).toMatch(/ncfd_api_requests_total\{method="GET",route="none",status="404"\} [1-9]/);
    expect(text).not.toContain('/v1/nothing');
  });
});

describe('the OpenAPI file', () => {
  const file = path.resolve(__dirname, '../../docs/reference/openapi.json');

  it('is the one of this code', () => {
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(openApiDocument());
  });

  it('is valid OpenAPI 3.1, and the one that the API serves', async () => {
    const validator = new Validator();
    expect(await validator.validate(file)).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
    expect(await json('/openapi.json')).toEqual(openApiDocument());
  });
});
