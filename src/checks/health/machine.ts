import { access, constants, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withProbe } from '../../client/probe';
import { required } from '../../config/settings';
import { messageOf } from '../../contracts/errors';
import type { JsonObject } from '../../domain/json';
import { withDatabaseProbe } from '../../stores/postgres/probe';
import type { CheckOutcome, CheckStatus } from '../check';
import { ok, type HealthCheck, type HealthLook } from './look';

const BYTES_PER_MB = 1_048_576;
/** Below this part of what degrades, writes are about to fail. */
const FAILED_BELOW = 0.1;

interface Finding {
  readonly status: CheckStatus;
  readonly text: string;
  readonly detail: JsonObject;
}

/** The folders that are written to have room. */
export function diskCheck({ settings, health }: HealthLook): HealthCheck {
  const places = placesOf(settings.artifacts, health.logFolder);
  return {
    id: 'disk',
    title: 'free disk space',
    run: async () => {
      const findings = await Promise.all(
        places.map(({ name, folder }) => freeSpace(name, folder, health.diskFreeMb)),
      );
      return together(findings, 'Remove what is not needed, or give the folder a larger disk.');
    },
  };
}

/** Artifacts and logs; with artifacts in a bucket, the folder that they pass through. */
function placesOf(artifacts: string | null, logFolder: string | null) {
  const folder = artifacts?.startsWith('fs:') === true ? artifacts.slice(3) : null;
  return [
    folder === null
      ? { name: 'temporary files', folder: tmpdir() }
      : { name: 'artifacts', folder: path.resolve(folder) },
    ...(logFolder === null ? [] : [{ name: 'logs', folder: path.resolve(logFolder) }]),
  ];
}

async function freeSpace(name: string, folder: string, limitMb: number): Promise<Finding> {
  const place = await existing(folder);
  const { bavail, bsize, files, ffree } = await statfs(place);
  const freeMb = Math.floor((bavail * bsize) / BYTES_PER_MB);
  const detail = { [name]: { folder: place, freeMb, limitMb } };
  const writable = await access(place, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable) {
    return { status: 'failed', text: `${name}: ${place} cannot be written to`, detail };
  }
  if (files > 0 && ffree === 0) {
    return { status: 'failed', text: `${name}: ${place} has no room for another file`, detail };
  }
  const text = `${name}: ${freeMb} MB free in ${place}`;
  if (freeMb >= limitMb) return { status: 'ok', text, detail };
  const status = freeMb < limitMb * FAILED_BELOW ? 'failed' : 'degraded';
  return { status, text: `${text}, less than ${limitMb}`, detail };
}

/** The folder, or the nearest above it that is there: folders are made when first written to. */
async function existing(folder: string): Promise<string> {
  const found = await access(folder).then(
    () => true,
    () => false,
  );
  const above = path.dirname(folder);
  return found || above === folder ? folder : existing(above);
}

/** Our clock agrees with those of PostgreSQL and Temporal: cut-offs and deadlines come from it. */
export function clockCheck({ settings, health, now }: HealthLook): HealthCheck {
  return {
    id: 'clock',
    title: 'clock against the servers',
    run: async (signal) => {
      const url = required(settings, 'databaseUrl', 'NCFD_DATABASE_URL');
      const clocks = [
        skew('PostgreSQL', health.clockSkewMs, () =>
          withDatabaseProbe(url, signal, (probe) => probe.clockSkew(now)),
        ),
        skew('Temporal', health.clockSkewMs, () =>
          withProbe(settings, signal, (probe) => probe.clockSkew(now)),
        ),
      ];
      return together(await Promise.all(clocks), 'Let a time service set the clocks.');
    },
  };
}

async function skew(
  server: string,
  limitMs: number,
  measure: () => Promise<{ readonly skewMs: number; readonly withinMs: number }>,
): Promise<Finding> {
  try {
    const { skewMs, withinMs } = await measure();
    const rounded = Math.round(skewMs);
    const within = Math.round(withinMs);
    const detail = { [server]: { skewMs: rounded, withinMs: within, limitMs } };
    const text = `${server} is ${Math.abs(rounded)} ms ${rounded < 0 ? 'behind' : 'ahead'} (± ${within})`;
    // What the measurement itself may be off by is nobody's skew.
    const far = Math.abs(skewMs) - withinMs > limitMs;
    return { status: far ? 'degraded' : 'ok', text, detail };
  } catch (error) {
    const text = `not compared with ${server}: ${messageOf(error)}`;
    return { status: 'degraded', text, detail: {} };
  }
}

const WORST: readonly CheckStatus[] = ['failed', 'degraded'];

/** The worst of the findings; the reason is of those that are not well, where there are any. */
function together(findings: readonly Finding[], hint: string): CheckOutcome {
  const status = WORST.find((one) => findings.some((finding) => finding.status === one));
  const detail: JsonObject = Object.assign({}, ...findings.map((finding) => finding.detail));
  const texts = findings
    .filter((one) => status === undefined || one.status !== 'ok')
    .map(({ text }) => text)
    .join('; ');
  return status === undefined ? ok(texts, detail) : { status, reason: texts, hint, detail };
}
