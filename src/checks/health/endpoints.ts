import { isJsonObject } from '../../domain/json';
import type { CheckOutcome } from '../check';
import { ask, jsonOf, type Answer } from '../http';
import { off, ok, withoutSecrets, type HealthCheck, type HealthLook } from './look';

/** The worker says itself that it takes work. */
export function workerCheck({ health, ownReadiness }: HealthLook): HealthCheck {
  const title = 'worker ready';
  if (ownReadiness !== undefined) {
    return { id: 'worker', title, run: async () => readyOutcome(ownReadiness()) };
  }
  if (health.workerUrl === null) return off('worker', title, 'NCFD_WORKER_URL');
  return endpoint('worker', title, `${health.workerUrl}/readyz`);
}

/** The API says itself that it serves. */
export function apiCheck({ health }: HealthLook): HealthCheck {
  if (health.apiUrl === null) return off('api', 'API', 'NCFD_API_URL');
  return endpoint('api', 'API', `${health.apiUrl}/readyz`);
}

/** The trial registry answers; ingest from files works without it. */
export function registryCheck({ health }: HealthLook): HealthCheck {
  if (health.registryUrl === null) return off('registry', 'trial registry', 'NCFD_REGISTRY_URL');
  return endpoint('registry', 'trial registry', `${health.registryUrl}/version`);
}

function endpoint(id: HealthCheck['id'], title: string, url: string): HealthCheck {
  return {
    id,
    title,
    target: withoutSecrets(url),
    run: async (signal) => answerOutcome(url, await ask(url, signal)),
  };
}

function answerOutcome(
  url: string,
  { status, body }: Pick<Answer, 'status' | 'body'>,
): CheckOutcome {
  const detail = { httpStatus: status };
  if (status === 200) return ok(`${withoutSecrets(url)} answers 200`, detail);
  const reasons = reasonsIn(body);
  const why = reasons.length === 0 ? '' : `: ${reasons.join('; ')}`;
  return {
    status: 'failed',
    reason: `${withoutSecrets(url)} answers ${status}${why}`,
    hint: 'See the log of that service.',
    detail,
  };
}

function readyOutcome(reasons: readonly string[]): CheckOutcome {
  if (reasons.length === 0) return ok('takes work');
  return { status: 'failed', reason: reasons.join('; ') };
}

/** Our own pages say why they are not ready. */
function reasonsIn(body: string): readonly string[] {
  const value = jsonOf(body);
  const reasons = isJsonObject(value) ? value['reasons'] : null;
  return Array.isArray(reasons) ? reasons.map(String) : [];
}
