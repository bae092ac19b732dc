import { required } from '../../config/settings';
import { openArtifactStore } from '../../stores/artifacts/open';
import { withDatabaseProbe } from '../../stores/postgres/probe';
import { probeRedis } from '../../stores/redis/probe';
import type { CheckOutcome } from '../check';
import { duration, off, ok, withoutSecrets, type HealthCheck, type HealthLook } from './look';

/** PostgreSQL answers, and has the migrations of this release. */
export function databaseCheck({ settings }: HealthLook): HealthCheck {
  return {
    id: 'database',
    title: 'PostgreSQL and schema',
    ...targetOf(settings.databaseUrl),
    run: async (signal) => {
      const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
      const look = await withDatabaseProbe(url, signal, (probe) => probe.schema());
      const { serverVersion, applied, missing, waiting, ahead } = look;
      const expected = applied.length + missing.length + waiting.length;
      const detail = { serverVersion, expected, applied: applied.length, missing, waiting, ahead };
      if (missing.length === 0) {
        const count = `${applied.length} of ${expected} migrations`;
        return ok(`PostgreSQL ${serverVersion}, ${count}`, detail);
      }
      const lacks = `the database lacks ${missing.length} migration(s): ${missing.join(', ')}`;
      return { status: 'failed', reason: lacks, hint: 'Run `ncfd migrate up`.', detail };
    },
  };
}

/** A probe is written, read and deleted. */
export function artifactsCheck({ settings }: HealthLook): HealthCheck {
  const place = settings.artifacts;
  return {
    id: 'artifacts',
    title: 'artifact store',
    ...(place === null ? {} : { target: settings.s3.endpoint ?? place }),
    run: async (signal) => {
      const location = required(settings, 'artifacts', 'NCFD_ARTIFACTS');
      const store = openArtifactStore(location, settings.s3);
      try {
        await store.check(signal);
        return ok(`wrote, read and deleted a probe in ${store.location}`);
      } finally {
        await store.close();
      }
    },
  };
}

/** A probe is written, read and deleted. */
export function redisCheck({ health }: HealthLook): HealthCheck {
  const { redisUrl } = health;
  if (redisUrl === null) return off('redis', 'Redis', 'NCFD_REDIS_URL');
  return {
    id: 'redis',
    title: 'Redis',
    target: withoutSecrets(redisUrl),
    run: async (signal) => {
      const version = await probeRedis(redisUrl, signal);
      return ok(`Redis ${version}: wrote, read and deleted a probe`, { serverVersion: version });
    },
  };
}

/** Something was published within the hours that the configuration gives. */
export function publicationCheck({ settings, health }: HealthLook): HealthCheck {
  return {
    id: 'publication',
    title: 'age of the last publication',
    ...targetOf(settings.databaseUrl),
    run: async (signal) => {
      const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
      const ages = await withDatabaseProbe(url, signal, (probe) => probe.publicationAges());
      return ageOutcome(ages, health.publicationHours);
    },
  };
}

function ageOutcome(ages: ReadonlyMap<string, number>, hours: number | null): CheckOutcome {
  const detail = { ageSeconds: Object.fromEntries(ages), limitHours: hours };
  const newest = ages.size === 0 ? null : Math.min(...ages.values());
  const told =
    newest === null ? 'nothing was published yet' : `last publication ${duration(newest)} ago`;
  if (hours === null) return ok(`${told}; no limit is set`, detail);
  if (newest !== null && newest <= hours * 3_600) return ok(told, detail);
  return {
    status: 'degraded',
    reason: `${told}; the limit is ${hours} h`,
    hint: 'See `ncfd run list` and `ncfd schedule list --history`.',
    detail,
  };
}

const targetOf = (url: string | null): { target?: string } =>
  url === null ? {} : { target: withoutSecrets(url) };
