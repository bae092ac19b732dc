import type { CheckOutcome, CheckReport } from '../check';
import { ok } from '../health/look';
import { ask, jsonOf, type Answer } from '../http';

/** Headers that every page for people carries, whoever made it. */
const SECURITY_HEADERS = [
  'x-content-type-options',
  'x-frame-options',
  'referrer-policy',
  'content-security-policy',
];
/** What must be seen from inside only. */
const PRIVATE_PAGES = ['/metrics', '/version'];

/** The proxy answers, passes on to what lives behind it, and shows no more than it should. */
export async function proxyOutcome(url: string, signal: AbortSignal): Promise<CheckOutcome> {
  const ready = await ask(`${url}/readyz`, signal);
  const server = ready.headers.get('server') ?? '';
  if (!server.startsWith('nginx')) {
    return failed(`${url} is answered by ${server === '' ? 'something unnamed' : server}`);
  }
  if (ready.status !== 200) {
    return failed(`${url}/readyz answers ${ready.status}: what lives behind nginx is not ready`);
  }
  const missing = SECURITY_HEADERS.filter((name) => !ready.headers.has(name));
  if (missing.length > 0) return failed(`${url} does not send ${missing.join(', ')}`);
  const pages = await Promise.all(PRIVATE_PAGES.map((page) => ask(`${url}${page}`, signal)));
  const shown = PRIVATE_PAGES.filter((_, index) => pages[index]?.status === 200);
  if (shown.length > 0) return failed(`${shown.join(', ')} can be seen from outside`);
  return ok(`nginx answers at ${url}, and what lives behind it is ready`);
}

/** Prometheus is ready, and reaches all that it watches, our workers among them. */
export async function monitoringOutcome(url: string, signal: AbortSignal): Promise<CheckOutcome> {
  const ready = await ask(`${url}/-/ready`, signal);
  if (ready.status !== 200) return failed(`Prometheus at ${url} answers ${ready.status}`);
  const up = seriesOf(await ask(`${url}/api/v1/query?query=up`, signal));
  if (!up.some(({ job }) => job === WORKER_JOB)) {
    return failed(`Prometheus at ${url} watches no ${WORKER_JOB}`);
  }
  const lost = up.filter(({ value }) => value !== '1');
  const names = (series: typeof up) =>
    series.map(({ job, instance }) => `${job} ${instance}`).join(', ');
  if (lost.length > 0) return failed(`Prometheus does not reach ${names(lost)}`);
  return ok(`Prometheus reaches ${names(up)}`);
}

/** Name of the job that scrapes our workers in deploy/prometheus/prometheus.yml. */
const WORKER_JOB = 'ncfd-worker';

function seriesOf({ body }: Answer) {
  const value = jsonOf(body) as {
    readonly data?: {
      readonly result?: readonly {
        readonly metric?: { readonly job?: string; readonly instance?: string };
        readonly value?: readonly [number, string];
      }[];
    };
  } | null;
  return (value?.data?.result ?? []).map((one) => ({
    job: one.metric?.job ?? '',
    instance: one.metric?.instance ?? '',
    value: one.value?.[1] ?? '',
  }));
}

/** The verdict of a running worker over everything that it needs. */
export async function healthOutcome(url: string, signal: AbortSignal): Promise<CheckOutcome> {
  const page = `${url}/health`;
  const { status, body } = await ask(page, signal);
  const report = jsonOf(body) as Partial<CheckReport> | null;
  const verdict = report?.verdict ?? null;
  const rows = report?.checks ?? [];
  const unwell = rows
    .filter((row) => row.status !== 'ok' && row.status !== 'off')
    .map(({ id, reason }) => `${id}: ${reason}`);
  if (verdict === 'healthy') return ok(`${page} says healthy: ${rows.length} checks`);
  if (verdict === null) return failed(`${page} answers ${status} and no report`);
  return {
    status: verdict === 'degraded' ? 'degraded' : 'failed',
    reason: `${page} says ${verdict}: ${unwell.join('; ')}`,
    hint: 'See docs/operations/health.md for what each check asks for.',
  };
}

const failed = (reason: string): CheckOutcome => ({
  status: 'failed',
  reason,
  hint: 'See docs/operations/health.md.',
});
