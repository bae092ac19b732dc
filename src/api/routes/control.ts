import { codeVersion } from '../../config/code-version';
import { knownParameterSets, readParameterSet } from '../../config/parameters';
import type { ControlAction } from '../../contracts/control';
import { NcfdError } from '../../contracts/errors';
import { randomUUID } from 'node:crypto';
import type { RunRow } from '../../ports/run-store';
import { beginRun, planBegin, today } from '../../service/begin-run';
import { cancelRun, controlRun, retryRun, type Outcome } from '../../service/control-run';
import { findRun } from '../../service/find-run';
import type { ApiDeps } from '../deps';
import { JSON_TYPE, route, type ApiRoute, type Asked } from '../route';
import type { Role } from '../../contracts/access';
import * as schema from '../schemas';
import type { z } from 'zod/v4';

type AskedControl = Asked<
  z.infer<typeof schema.RunParams>,
  unknown,
  z.infer<typeof schema.ControlBody>
>;

/** A request to a run: the same functions as those of the command line. */
function control(
  verb: string,
  role: Role,
  summary: string,
  act: (deps: ApiDeps, run: RunRow, asked: AskedControl) => Promise<Outcome>,
): ApiRoute {
  return route({
    method: 'POST',
    url: `/v1/runs/:run/${verb}`,
    id: `${verb}Run`,
    summary,
    group: 'control',
    role,
    params: schema.RunParams,
    body: schema.ControlBody,
    answer: { type: JSON_TYPE, schema: schema.Outcome, what: 'what came of it' },
    handle: async (deps, asked) => {
      const run = await findRun(deps.runs, asked.params.run);
      await recordAsked(deps, asked, `run-${verb}`, run.header.runId);
      const outcome = await act(deps, run, asked);
      return { run: run.header.runId, ...outcome };
    },
  });
}

/**
 * Who asked for what, and why, before it is done: what cannot be recorded is not done. What comes
 * of it is recorded by whoever does it.
 */
async function recordAsked(
  { audit }: ApiDeps,
  asked: Pick<AskedControl, 'body' | 'caller' | 'request'>,
  action: string,
  subject: string,
): Promise<void> {
  if (asked.body.dryRun === true) return;
  const { caller, request, body } = asked;
  await audit.append({
    action: `api-${action}`,
    subject,
    actor: caller.name,
    reason: body.reason,
    detail: { role: caller.role, by: caller.by, request: request.id, address: request.ip },
  });
}

const requestOf = ({ caller, body }: AskedControl) => ({
  actor: caller.name,
  reason: body.reason,
});

const asking =
  (action: ControlAction) =>
  async (deps: ApiDeps, run: RunRow, asked: AskedControl): Promise<Outcome> =>
    controlRun(await deps.client(), run, action, requestOf(asked), asked.body.dryRun === true);

const start = route({
  method: 'POST',
  url: '/v1/runs',
  id: 'startRun',
  summary: 'Starts a run, or finds the one that has the same key',
  group: 'control',
  role: 'operator',
  body: schema.StartBody,
  answer: { type: JSON_TYPE, schema: schema.Started, what: 'the run' },
  handle: async (deps, asked) => {
    const { body, caller } = asked;
    const name = body.parameters ?? 'seed';
    // A name, never a path: files of this machine are nobody's business.
    if (!knownParameterSets().includes(name)) {
      throw new NcfdError('UnknownParameterSet', `there is no parameter set ${name}`, {
        hint: `Known sets: ${knownParameterSets().join(', ')}.`,
      });
    }
    const wish = {
      mode: body.mode,
      asOf: body.asOf === undefined ? today() : `${body.asOf}T00:00:00Z`,
      universe: body.universe,
      parameters: readParameterSet(name),
      codeVersion: codeVersion(),
      requestToken: body.again === true ? randomUUID() : '',
    };
    const client = await deps.client();
    if (body.dryRun === true) {
      const { outcome, run } = await planBegin(deps.runs, deps.artifacts, client, wish);
      return { run: run?.header.runId ?? null, status: run?.status ?? null, outcome };
    }
    await recordAsked(deps, asked, 'run-start', `${wish.mode} ${wish.asOf} ${name}`);
    const terms = { trigger: 'api', startedBy: caller.name, reason: body.reason };
    const { run, created } = await beginRun(deps.runs, client, wish, terms);
    const outcome = created ? 'started' : 'exists already';
    return { run: run.header.runId, status: run.status, outcome };
  },
});

export const CONTROL_ROUTES: readonly ApiRoute[] = [
  start,
  control('pause', 'operator', 'Begins no further shard', asking('pause')),
  control('resume', 'operator', 'Lets a paused run go on', asking('resume')),
  control('cancel', 'operator', 'Stops a run; what is whole is kept', async (deps, run, asked) =>
    cancelRun(deps.runs, await deps.client(), run, requestOf(asked), asked.body.dryRun === true),
  ),
  control('retry', 'operator', 'Computes again what failed', async (deps, run, asked) =>
    retryRun(await deps.client(), run, requestOf(asked), {
      dryRun: asked.body.dryRun === true,
      trigger: 'api',
    }),
  ),
  control('approve', 'admin', 'Approves a publication', asking('approvePublish')),
  control('reject', 'admin', 'Rejects a publication', asking('rejectPublish')),
];
