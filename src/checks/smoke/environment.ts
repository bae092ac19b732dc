import { accessSync, constants } from 'node:fs';
import type { HealthSettings } from '../../config/health';
import type { Settings } from '../../config/settings';
import { messageOf } from '../../contracts/errors';
import { isJsonObject } from '../../domain/json';
import type { CheckOutcome } from '../check';
import { ok } from '../health/look';
import { ask, jsonOf } from '../http';
import { identityOf } from '../identity';

const NODE_MAJOR_MIN = 20;

/** This process has what it needs, and the running worker works on the same things as it. */
export async function environmentOutcome(
  settings: Settings,
  { workerUrl }: HealthSettings,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  const problems = [
    ...ownProblems(settings),
    ...(workerUrl === null
      ? ['NCFD_WORKER_URL is not set']
      : await differences(settings, workerUrl, signal)),
  ];
  if (problems.length === 0) {
    return ok(`the worker at ${workerUrl} runs the same code on the same stores`, {
      ...identityOf(settings),
    });
  }
  return {
    status: 'failed',
    reason: problems.join('; '),
    hint: 'Give this command the environment of the worker, or deploy the worker anew.',
  };
}

function* ownProblems(settings: Settings): Generator<string> {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < NODE_MAJOR_MIN) yield `Node ${process.versions.node} is too old`;
  if (settings.databaseUrl === null) yield 'NCFD_DATABASE_URL is not set';
  if (settings.temporalAddress === null) yield 'TEMPORAL_ADDRESS is not set';
  if (settings.artifacts === null) yield 'NCFD_ARTIFACTS is not set';
  if (settings.signingKeyFile === null) return;
  try {
    accessSync(settings.signingKeyFile, constants.R_OK);
  } catch (error) {
    yield `NCFD_SIGNING_KEY_FILE: ${messageOf(error)}`;
  }
}

async function differences(
  settings: Settings,
  workerUrl: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { status, body } = await ask(`${workerUrl}/version`, signal);
  const theirs = jsonOf(body);
  if (status !== 200 || !isJsonObject(theirs)) return [`${workerUrl}/version answers ${status}`];
  return Object.entries(identityOf(settings)).flatMap(([name, ours]) =>
    theirs[name] === ours
      ? []
      : [
          `${name}: the worker has ${JSON.stringify(theirs[name])}, this command ${JSON.stringify(ours)}`,
        ],
  );
}
