import type { FastifyReply } from 'fastify';
import { isNcfdError } from '../../contracts/errors';
import { AREAS, GATE_IDS } from '../../domain/vocabulary';
import type { PublicationRow, RunRow } from '../../ports/run-store';
import { callsPage, type ScoresView } from '../../report/web/calls';
import type { Frame } from '../../report/web/frame';
import { runPage, runsDiffPage, runsPage, signInPage, type RunView } from '../../report/web/runs';
import { RUN_SCRIPT } from '../../report/web/script';
import { WEB_STYLE } from '../../report/web/style';
import { trialPage } from '../../report/web/trial';
import { diffRuns } from '../../service/diff-runs';
import { findRun } from '../../service/find-run';
import { z } from 'zod/v4';
import { KEY_COOKIE } from '../cookie';
import { readCursor, writeCursor } from '../cursor';
import type { ApiDeps } from '../deps';
import { isKnown } from '../headers';
import type { Caller } from '../roles';
import { HTML_TYPE, route, type Asked } from '../route';
import * as schema from '../schemas';
import { evidenceIn, scoresPage, scoresPlace } from './published';

const PAGE_ROWS = 50;
const DIFF_TRIALS = 50;
/** Seconds that a sign-in holds. */
const SIGNED_IN_SECONDS = 28_800;

const PAGE = { method: 'GET', page: true, answer: { type: HTML_TYPE, what: 'the page' } } as const;

/** A form sends what was left empty as an empty text. */
const orEmpty = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(['', ...words]).optional();
const CallsQuery = z.strictObject({
  mode: schema.mode,
  decision: orEmpty(['call', 'no_call', 'abstain']),
  gate: orEmpty(GATE_IDS),
  area: orEmpty(AREAS),
  text: z.string().max(100).optional(),
  publication: schema.PublicationParams.shape.publication.optional(),
  cursor: schema.cursor,
});
const TrialQuery = z.strictObject({
  publication: schema.PublicationParams.shape.publication.optional(),
});
const NctParams = z.strictObject({ nctId: schema.TrialParams.shape.nctId });

const frameOf = ({ caller }: { readonly caller: Caller }): Pick<Frame, 'signedIn'> => ({
  signedIn: caller.by === 'nothing' ? null : caller.name,
});

/** Says that a browser has the page already, or sends it. */
async function sendPage(
  deps: ApiDeps,
  {
    request,
    reply,
    caller,
  }: Pick<Asked<unknown, unknown, unknown>, 'request' | 'reply' | 'caller'>,
  row: PublicationRow,
  what: string,
  make: () => Promise<string>,
): Promise<FastifyReply> {
  if (isKnown(reply, request.headers['if-none-match'], row.publicationSha256, caller.name)) {
    return reply.code(304).send();
  }
  return reply.send(await deps.reads.text(row, `page of ${caller.name} ${what}`, make));
}

const calls = route({
  ...PAGE,
  url: '/',
  id: 'callsPage',
  summary: 'The trials of a publication in rank order',
  group: 'published',
  role: 'reader',
  query: CallsQuery,
  handle: async (deps, asked) => {
    const { mode, decision, gate, area, text, cursor } = asked.query;
    const filter = {
      ...(decision && { decision }),
      ...(gate && { gate }),
      ...(area && { area }),
      ...(text && { text }),
    };
    const query = { ...filter, limit: PAGE_ROWS, ...(cursor && { cursor }) };
    const place = scoresPlace(query);
    const named = place.publication ?? asked.query.publication ?? 'current';
    const row = await deps.reads.named(named, mode);
    const what = `calls ${place.from} ${JSON.stringify(filter)}`;
    return sendPage(deps, asked, row, what, () =>
      deps.reads.use(row, async ({ table }) =>
        callsPage(
          frameOf(asked),
          scoresPage(row, table, query, place.from) as ScoresView,
          { mode: row.mode, ...filter },
          published(row),
        ),
      ),
    );
  },
});

const published = (row: PublicationRow) => ({
  at: row.publishedAt,
  asOf: typeof row.manifest.as_of === 'string' ? row.manifest.as_of : row.publishedAt,
  synthetic: row.manifest.synthetic === true,
});

const trial = route({
  ...PAGE,
  url: '/trials/:nctId',
  id: 'trialPage',
  summary: 'A trial with its evidence',
  group: 'published',
  role: 'reader',
  params: NctParams,
  query: TrialQuery,
  handle: async (deps, asked) => {
    const { nctId } = asked.params;
    const row = await deps.reads.named(asked.query.publication ?? 'current', undefined);
    return sendPage(deps, asked, row, `trial ${nctId}`, async () => {
      const line = await evidenceIn(deps, row, nctId);
      const { explained, problems } = await deps.reads.explain(row, line);
      return trialPage(frameOf(asked), line, explained, problems, {
        publication: row.publicationSha256,
        run: row.runId,
        publishedAt: row.publishedAt,
        synthetic: row.manifest.synthetic === true,
      });
    });
  },
});

const runs = route({
  ...PAGE,
  url: '/runs',
  id: 'runsPage',
  summary: 'Runs, newest first',
  group: 'runs',
  role: 'analyst',
  query: z.strictObject({ cursor: schema.cursor }),
  handle: async (deps, asked) => {
    const { cursor } = asked.query;
    const after = cursor === undefined ? undefined : readCursor(cursor, { after: 'string' }).after;
    const rows = await deps.runs.runs(PAGE_ROWS + 1, after);
    const page = rows.slice(0, PAGE_ROWS);
    const last = page.at(-1)?.header.runId;
    const isMore = rows.length > PAGE_ROWS && last !== undefined;
    const next = isMore ? writeCursor({ after: last }) : null;
    return runsPage(frameOf(asked), page.map(runView), next);
  },
});

function runView({ header, ...run }: RunRow): RunView {
  const { identity, runId, runStartedAt } = header;
  const message = run.error?.message;
  return {
    run: runId,
    status: run.status,
    mode: identity.mode,
    asOf: identity.as_of,
    universe: identity.universe_rule,
    startedAt: runStartedAt,
    counts: run.counts,
    publication: run.publicationSha256,
    error: typeof message === 'string' ? message : null,
  };
}

const run = route({
  ...PAGE,
  url: '/runs/:run',
  id: 'runPage',
  summary: 'A run, followed while it is at work',
  group: 'runs',
  role: 'analyst',
  params: schema.RunParams,
  handle: async (deps, asked) => {
    const found = await findRun(deps.runs, asked.params.run);
    const { data, type } = await deps.events.now(found.header.runId);
    const progress = type === 'progress' && typeof data.shards === 'number' ? data : null;
    const number = (name: string): number => Number(progress?.[name] ?? 0);
    const view = progress && {
      stage: typeof progress.stage === 'string' ? progress.stage : 'not told',
      ...{ shards: number('shards'), trials: number('trials'), frozen: number('frozen') },
      ...{ scored: number('scored'), failed: number('failed') },
    };
    const current = (await deps.runs.run(found.header.runId)) ?? found;
    return runPage(frameOf(asked), runView(current), view);
  },
});

const diff = route({
  ...PAGE,
  url: '/diff',
  id: 'diffPage',
  summary: 'What differs between two runs',
  group: 'runs',
  role: 'analyst',
  query: z.strictObject({ a: schema.RunParams.shape.run, b: schema.RunParams.shape.run }),
  handle: async (deps, asked) => {
    const { a, b } = asked.query;
    const [one, other] = [await findRun(deps.runs, a), await findRun(deps.runs, b)];
    return runsDiffPage(frameOf(asked), await diffRuns(deps, one, other, DIFF_TRIALS));
  },
});

const OPEN = { group: 'operation', role: 'public', page: true } as const;

const signIn = route({
  ...PAGE,
  ...OPEN,
  url: '/sign-in',
  id: 'signInPage',
  summary: 'Asks for a key',
  query: z.strictObject({ next: z.string().max(500).optional() }),
  handle: async (_, { query }) => signInPage(ownPath(query.next), null),
});

const signedIn = route({
  ...OPEN,
  method: 'POST',
  url: '/sign-in',
  id: 'signIn',
  summary: 'Keeps a key in a cookie that only reads',
  body: z.strictObject({ key: z.string().max(200), next: z.string().max(500).optional() }),
  answer: { type: HTML_TYPE, what: 'the page that was asked for' },
  handle: async (deps, { body, request, reply }) => {
    const next = ownPath(body.next);
    try {
      await deps.recognise(request, body.key);
    } catch (error) {
      if (!isNcfdError(error) || error.kind !== 'Unauthenticated') throw error;
      return reply.code(401).send(signInPage(next, 'This key opens nothing.'));
    }
    return sendTo(reply, next, cookie(deps, request.protocol, body.key, SIGNED_IN_SECONDS));
  },
});

const signedOut = route({
  ...OPEN,
  method: 'POST',
  url: '/sign-out',
  id: 'signOut',
  summary: 'Takes the key out of the cookie',
  answer: { type: HTML_TYPE, what: 'the first page' },
  handle: async (deps, { request, reply }) =>
    sendTo(reply, '/sign-in', cookie(deps, request.protocol, '', 0)),
});

function sendTo(reply: FastifyReply, path: string, value: string): FastifyReply {
  return reply.header('set-cookie', value).code(303).header('location', path).send();
}

function cookie({ settings }: ApiDeps, protocol: string, key: string, seconds: number): string {
  const isSecure = protocol === 'https' || settings.profile !== 'development';
  const parts = [`${KEY_COOKIE}=${key}`, 'Path=/', 'HttpOnly', 'SameSite=Strict'];
  return [...parts, `Max-Age=${seconds}`, ...(isSecure ? ['Secure'] : [])].join('; ');
}

/** A path of ours, so that nobody is led elsewhere by a link to the sign-in. */
function ownPath(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(next)) return '/';
  return next;
}

const asset = (name: string, type: string, text: string) =>
  route({
    ...OPEN,
    method: 'GET',
    url: `/assets/${name}`,
    id: name,
    summary: `What pages look like and do: ${name}`,
    answer: { type, what: 'the file' },
    handle: async (_, { reply }) => reply.header('cache-control', 'public, max-age=300').send(text),
  });

export const PAGE_ROUTES = [
  ...[calls, trial, runs, run, diff, signIn, signedIn, signedOut],
  asset('style.css', 'text/css; charset=utf-8', WEB_STYLE),
  asset('run.js', 'text/javascript; charset=utf-8', RUN_SCRIPT),
];
