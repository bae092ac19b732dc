import type { JsonObject } from '../../domain/json';
import type { RunRow } from '../../ports/run-store';
import { diffRuns } from '../../service/diff-runs';
import { findRun } from '../../service/find-run';
import { pageOf } from '../cursor';
import { streamRun } from '../event-stream';
import { JSON_TYPE, route } from '../route';
import * as schema from '../schemas';

const PAGE_ROWS = 50;
/** Trials that a difference lists unless told otherwise. */
const DIFF_TRIALS = 50;

function runItem({ header, ...run }: RunRow): JsonObject {
  const { identity, runId, runKey, runStartedAt } = header;
  return {
    run: runId,
    runKey,
    status: run.status,
    mode: identity.mode,
    asOf: identity.as_of,
    universe: identity.universe_rule,
    startedAt: runStartedAt,
    finishedAt: run.finishedAt,
    counts: run.counts && { ...run.counts },
    publication: run.publicationSha256,
    parameterSet: identity.parameter_set_sha256,
    codeVersion: identity.code_version,
    error: run.error,
  };
}

const runs = route({
  method: 'GET',
  url: '/v1/runs',
  id: 'listRuns',
  summary: 'Runs, newest first, published or not',
  group: 'runs',
  role: 'analyst',
  query: schema.PageQuery,
  answer: { type: JSON_TYPE, schema: schema.Runs, what: 'a page of runs' },
  handle: async (deps, { query: { limit = PAGE_ROWS, cursor } }) => {
    const { rows, next } = await pageOf(
      { limit, cursor },
      (most, after) => deps.runs.runs(most, after),
      ({ header }) => header.runId,
    );
    return { items: rows.map(runItem), next };
  },
});

const run = route({
  method: 'GET',
  url: '/v1/runs/:run',
  id: 'getRun',
  summary: 'A run',
  group: 'runs',
  role: 'analyst',
  params: schema.RunParams,
  answer: { type: JSON_TYPE, schema: schema.RunItem, what: 'the run' },
  handle: async (deps, { params }) => runItem(await findRun(deps.runs, params.run)),
});

const events = route({
  method: 'GET',
  url: '/v1/runs/:run/events',
  id: 'watchRun',
  summary:
    'Where a run stands, as server-sent events until it ends; `Last-Event-ID` tells what is known',
  group: 'runs',
  role: 'analyst',
  params: schema.RunParams,
  answer: { type: 'text/event-stream', what: 'events `progress` and at last `end`' },
  handle: async (deps, { params, request, reply }) =>
    streamRun(deps, await findRun(deps.runs, params.run), request, reply),
});

const diff = route({
  method: 'GET',
  url: '/v1/runs/:a/diff/:b',
  id: 'diffRuns',
  summary: 'What differs between two runs, and whether data, parameters or code moved it',
  group: 'runs',
  role: 'analyst',
  params: schema.DiffParams,
  query: schema.DiffQuery,
  answer: { type: JSON_TYPE, schema: schema.AnyObject, what: 'the difference' },
  handle: async (deps, { params, query }) => {
    const [a, b] = [await findRun(deps.runs, params.a), await findRun(deps.runs, params.b)];
    return diffRuns(deps, a, b, query.limit ?? DIFF_TRIALS);
  },
});

export const RUN_ROUTES = [runs, run, events, diff];
