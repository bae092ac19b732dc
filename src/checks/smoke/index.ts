import { withDatabaseProbe } from '../../stores/postgres/probe';
import { required } from '../../config/settings';
import type { Check, CheckOutcome } from '../check';
import { apiCheck, workerCheck } from '../health/endpoints';
import { ok, type HealthLook } from '../health/look';
import { diskCheck } from '../health/machine';
import { artifactsCheck, databaseCheck, redisCheck } from '../health/stores';
import { pollersCheck, temporalCheck } from '../health/temporal';
import { environmentOutcome } from './environment';
import { goldenOutcome } from './golden';
import { partOf, together, type Part } from './parts';
import { healthOutcome, monitoringOutcome, proxyOutcome } from './proxy';

/** The eight checks of a production environment, and the golden card. */
export function productionChecks(look: HealthLook): readonly Check[] {
  const { settings, health } = look;
  const { publicUrl, prometheusUrl, workerUrl } = health;
  return [
    smoke('services', 'services', servicesOf(look)),
    smoke('environment', 'environment and configuration', (signal) =>
      environmentOutcome(settings, health, signal),
    ),
    smoke('database', 'database', databaseParts(look)),
    smoke('redis', 'Redis', [partOf(redisCheck(look))]),
    smoke('storage', 'storage', [partOf(artifactsCheck(look)), partOf(diskCheck(look))]),
    smoke('nginx', 'nginx', at(publicUrl, 'NCFD_PUBLIC_URL', proxyOutcome)),
    smoke('monitoring', 'monitoring', at(prometheusUrl, 'NCFD_PROMETHEUS_URL', monitoringOutcome)),
    smoke('health', 'health check', at(workerUrl, 'NCFD_WORKER_URL', healthOutcome)),
    goldenCheck(),
  ];
}

/** What must hold right after a version was switched to, before anybody goes home. */
export function deploymentChecks(look: HealthLook, buildId: string | null): readonly Check[] {
  return [
    smoke('database', 'database and schema', databaseParts(look)),
    smoke('temporal', 'Temporal and workers of the version', [
      partOf(temporalCheck(look)),
      partOf(pollersCheck(look, buildId ?? undefined)),
    ]),
    smoke('artifacts', 'artifact store', [partOf(artifactsCheck(look))]),
    smoke('worker', 'worker ready', [partOf(workerCheck(look))]),
    goldenCheck(),
  ];
}

const goldenCheck = (): Check => smoke('golden', 'golden card', async () => goldenOutcome());

function servicesOf(look: HealthLook): readonly Part[] {
  const parts = [temporalCheck(look), pollersCheck(look), workerCheck(look)];
  return [...parts, ...(look.health.apiUrl === null ? [] : [apiCheck(look)])].map(partOf);
}

function databaseParts(look: HealthLook): readonly Part[] {
  return [partOf(databaseCheck(look)), { name: 'writes', look: (signal) => writes(look, signal) }];
}

/** Part of the connections above which the next surge is refused. */
const CONNECTIONS_MOST = 0.9;

async function writes({ settings }: HealthLook, signal: AbortSignal): Promise<CheckOutcome> {
  const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
  const { used, most } = await withDatabaseProbe(url, signal, (probe) => probe.write());
  const reason = `wrote and read a row; ${used} of ${most} connections`;
  if (used <= most * CONNECTIONS_MOST) return ok(reason, { used, most });
  return { status: 'degraded', reason: `${reason} are in use`, hint: 'Make pools smaller.' };
}

/** Every smoke check is required: what production needs is not optional here. */
function smoke(
  id: string,
  title: string,
  look: readonly Part[] | ((signal: AbortSignal) => Promise<CheckOutcome>),
): Check {
  const run = typeof look === 'function' ? look : (signal: AbortSignal) => together(look, signal);
  return { id, title, required: true, run };
}

/** A look at an address that must be configured. */
function at(
  url: string | null,
  variable: string,
  look: (url: string, signal: AbortSignal) => Promise<CheckOutcome>,
): (signal: AbortSignal) => Promise<CheckOutcome> {
  return async (signal) => {
    if (url !== null) return look(url, signal);
    return { status: 'failed', reason: `${variable} is not set`, hint: `Set ${variable}.` };
  };
}
