import { HEALTH_CHECKS, type HealthCheckId } from '../../config/health';
import type { Check } from '../check';
import { apiCheck, registryCheck, workerCheck } from './endpoints';
import type { HealthCheck, HealthLook } from './look';
import { clockCheck, diskCheck } from './machine';
import { artifactsCheck, databaseCheck, publicationCheck, redisCheck } from './stores';
import { notificationsCheck } from './notifications';
import { backlogCheck, pollersCheck, temporalCheck } from './temporal';

export type { HealthLook } from './look';

const MAKERS: Readonly<Record<HealthCheckId, (look: HealthLook) => HealthCheck>> = {
  database: databaseCheck,
  temporal: temporalCheck,
  pollers: (look) => pollersCheck(look),
  artifacts: artifactsCheck,
  redis: redisCheck,
  worker: workerCheck,
  api: apiCheck,
  registry: registryCheck,
  disk: diskCheck,
  clock: clockCheck,
  publication: publicationCheck,
  backlog: backlogCheck,
  notifications: notificationsCheck,
};

/** All health checks over what the settings name, the same for command line and worker. */
export function healthChecks(look: HealthLook): readonly Check[] {
  return HEALTH_CHECKS.map((id) => ({
    ...MAKERS[id](look),
    required: look.health.required.includes(id),
  }));
}
