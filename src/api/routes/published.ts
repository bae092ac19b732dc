import { NcfdError } from '../../contracts/errors';
import type { JsonObject } from '../../domain/json';
import { canonicalJson } from '../../domain/manifest/canonical-json';
import { sha256 } from '../../domain/manifest/digest';
import type { PublicationRow } from '../../ports/run-store';
import type { EvidenceLine } from '../../report/evidence';
import type { ScoreRow, ScoreTable } from '../../report/table';
import { countsOf, digestOfObject } from '../../service/publications';
import { pageOf, readCursor, writeCursor } from '../cursor';
import type { ApiDeps } from '../deps';
import { isKnown } from '../headers';
import { JSON_TYPE, route, type Asked } from '../route';
import * as schema from '../schemas';

const PAGE_ROWS = 50;

/** Sends a text that follows from a publication, or says that the caller has it. */
export async function sendPublished(
  { reads }: ApiDeps,
  { request, reply }: Pick<Asked<unknown, unknown, unknown>, 'request' | 'reply'>,
  row: PublicationRow,
  { type, what }: { readonly type: string; readonly what: string },
  make: () => Promise<string>,
): Promise<unknown> {
  if (isKnown(reply, request.headers['if-none-match'], row.publicationSha256)) {
    return reply.code(304).send();
  }
  return reply.type(type).send(await reads.text(row, what, make));
}

function publicationItem(row: PublicationRow): JsonObject {
  return {
    publication: row.publicationSha256,
    run: row.runId,
    mode: row.mode,
    asOf: row.manifest.as_of ?? null,
    publishedAt: row.publishedAt,
    counts: countsOf(row),
    signed: row.signature !== null,
    supersedes: row.supersedes,
  };
}

const publications = route({
  method: 'GET',
  url: '/v1/publications',
  id: 'listPublications',
  summary: 'Publications, newest first',
  group: 'published',
  role: 'reader',
  query: schema.PageQuery,
  answer: { type: JSON_TYPE, schema: schema.Publications, what: 'a page of publications' },
  handle: async ({ runs }, { query: { limit = PAGE_ROWS, cursor } }) => {
    const { rows, next } = await pageOf(
      { limit, cursor },
      (most, after) => runs.publications(most, after),
      (row) => row.publicationSha256,
    );
    return { items: rows.map(publicationItem), next };
  },
});

const publication = route({
  method: 'GET',
  url: '/v1/publications/:publication',
  id: 'getPublication',
  summary: 'A publication with its manifest and its signature',
  group: 'published',
  role: 'reader',
  params: schema.PublicationParams,
  query: schema.ModeQuery,
  answer: { type: JSON_TYPE, schema: schema.Publication, what: 'the publication' },
  handle: async (deps, asked) => {
    const row = await deps.reads.named(asked.params.publication, asked.query.mode);
    return sendPublished(deps, asked, row, { type: JSON_TYPE, what: 'publication' }, async () =>
      JSON.stringify({ ...publicationItem(row), manifest: row.manifest, signature: row.signature }),
    );
  },
});

const scores = route({
  method: 'GET',
  url: '/v1/publications/:publication/scores',
  id: 'listScores',
  summary: 'Scores in rank order; abstentions follow by id',
  group: 'published',
  role: 'reader',
  params: schema.PublicationParams,
  query: schema.ScoresQuery,
  answer: { type: JSON_TYPE, schema: schema.Scores, what: 'a page of scores' },
  handle: async (deps, asked) => {
    const place = scoresPlace(asked.query);
    // A list that was begun is read to its end, whatever is current meanwhile.
    const named = place.publication ?? asked.params.publication;
    const row = await deps.reads.named(named, asked.query.mode);
    const { cursor: _, ...query } = asked.query;
    const what = `scores ${place.from} ${canonicalJson(query)}`;
    return sendPublished(deps, asked, row, { type: JSON_TYPE, what }, () =>
      deps.reads.use(row, async ({ table }) =>
        JSON.stringify(scoresPage(row, table, asked.query, place.from)),
      ),
    );
  },
});

interface Found {
  /** Place in the table, from 0. */
  readonly index: number;
  readonly row: ScoreRow;
}

/** Where a page begins: the index of the table that follows the page before. */
export function scoresPlace(query: schema.ScoresFilter): {
  readonly publication: string | null;
  readonly from: number;
} {
  if (query.cursor === undefined) return { publication: null, from: 0 };
  const place = readCursor(query.cursor, { of: 'string', from: 'number', filter: 'string' });
  if (place.filter !== filterDigest(query) || !/^[0-9a-f]{64}$/.test(place.of)) {
    throw new NcfdError('BadUsage', 'the cursor belongs to another list', {
      hint: 'Keep the filter while you page, or leave the cursor out to begin anew.',
    });
  }
  return { publication: place.of, from: place.from };
}

const filterDigest = ({ cursor: _c, limit: _l, ...filter }: schema.ScoresFilter): string =>
  sha256(canonicalJson(filter)).slice(0, 16);

/** A page of the table: the rows that fit the filter, from a place on. */
export function scoresPage(
  row: PublicationRow,
  table: ScoreTable,
  query: schema.ScoresFilter,
  from: number,
) {
  const limit = query.limit ?? PAGE_ROWS;
  const fitting = table.rows.flatMap((one, index) =>
    fits(one, query) ? [{ index, row: one }] : [],
  );
  const start = fitting.findIndex(({ index }) => index >= from);
  const page: readonly Found[] = start === -1 ? [] : fitting.slice(start, start + limit);
  const last = page.at(-1);
  const isMore = last !== undefined && fitting.at(-1) !== last;
  const next = isMore
    ? writeCursor({ of: row.publicationSha256, from: last.index + 1, filter: filterDigest(query) })
    : null;
  return {
    publication: row.publicationSha256,
    run: row.runId,
    mode: row.mode,
    trials: table.rows.length,
    matched: fitting.length,
    items: page.map(({ index, row: one }) => ({
      rank: index < table.ranked ? index + 1 : null,
      ...one,
    })),
    next,
  };
}

function fits(row: ScoreRow, query: schema.ScoresFilter): boolean {
  const { decision, risk, area, phase, gate, min_p_fail, text } = query;
  if (decision !== undefined && row.decision !== decision) return false;
  if (risk !== undefined && row.risk_class !== risk) return false;
  if (area !== undefined && row.area !== area) return false;
  if (phase !== undefined && row.phase !== phase) return false;
  if (gate !== undefined && row[gate] !== 'fired') return false;
  if (min_p_fail !== undefined && (row.p_fail ?? -1) < min_p_fail) return false;
  if (text === undefined) return true;
  return `${row.nct_id} ${row.brief_title ?? ''}`.toLowerCase().includes(text.toLowerCase());
}

/** The evidence of a trial; NotFound when the publication has none. */
export async function evidenceIn(
  { reads }: ApiDeps,
  row: PublicationRow,
  nctId: string,
): Promise<EvidenceLine> {
  const text = await reads.use(row, (one) => one.line(nctId));
  if (text !== null) return JSON.parse(text) as EvidenceLine;
  throw new NcfdError('TrialNotFound', `${nctId} is not in this publication`, {
    hint: 'Publications of the other mode, or earlier ones, may have it.',
  });
}

const trial = route({
  method: 'GET',
  url: '/v1/publications/:publication/trials/:nctId',
  id: 'getTrial',
  summary: 'The score of a trial with its evidence, opened into parts that give it again',
  group: 'published',
  role: 'reader',
  params: schema.TrialParams,
  query: schema.ModeQuery,
  answer: { type: JSON_TYPE, schema: schema.Trial, what: 'the trial' },
  handle: async (deps, asked) => {
    const { publication: name, nctId } = asked.params;
    const row = await deps.reads.named(name, asked.query.mode);
    return sendPublished(
      deps,
      asked,
      row,
      { type: JSON_TYPE, what: `trial ${nctId}` },
      async () => {
        const evidence = await evidenceIn(deps, row, nctId);
        const { explained, problems } = await deps.reads.explain(row, evidence);
        const { publicationSha256, runId: run, publishedAt } = row;
        const origin = { publication: publicationSha256, run, publishedAt };
        return JSON.stringify({ ...origin, evidence, explained, problems });
      },
    );
  },
});

const objects = route({
  method: 'GET',
  url: '/v1/publications/:publication/objects/:object',
  id: 'getObject',
  summary: 'An object of a publication as it is: manifest, table, evidence, report',
  group: 'published',
  role: 'reader',
  params: schema.ObjectParams,
  query: schema.ModeQuery,
  answer: { type: 'application/octet-stream', what: 'the object' },
  handle: async (deps, { params, query, request, reply }) => {
    const row = await deps.reads.named(params.publication, query.mode);
    if (isKnown(reply, request.headers['if-none-match'], row.publicationSha256)) {
      return reply.code(304).send();
    }
    const ref = {
      key: row.objectPrefix + params.object,
      sha256: digestOfObject(row, params.object),
    };
    const stream = await deps.artifacts.stream(ref);
    return reply
      .type('application/octet-stream')
      .header('content-disposition', `attachment; filename="${params.object}"`)
      .send(stream);
  },
});

export const PUBLISHED_ROUTES = [publications, publication, scores, trial, objects];
