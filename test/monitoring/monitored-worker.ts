import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { claimPorts, type ClaimedPort } from '../../src/dev/ports';
import type { Outcome } from '../../src/domain/schedules/explain';
import { SAMPLE_AS_OF } from '../../src/dev/sample/plan';
import { MODES } from '../../src/domain/vocabulary';
import { createScheduleStore } from '../../src/stores/postgres/schedule-store';
import { TestStack } from '../e2e/command-line';
import { testTemporalAddress } from '../support/temporal';
import { startPrometheus, writePrometheus } from '../support/prometheus';
import { samplesOf, type Sample } from './exposition';

const BUILD_ID = 'monitored-1';
const PATIENCE_MS = 90_000;

/** Looks until it is as wanted; what was seen last is what the caller judges. */
export async function until<T>(look: () => Promise<T>, wanted: (seen: T) => boolean): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (wanted(seen) || Date.now() > end) return seen;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/**
 * A worker process as it is deployed, versioned and with both pages of metrics, that a run has gone
 * through; and what makes metrics appear that only events bring about.
 */
export class MonitoredWorker {
  private readonly deployment: Readonly<Record<string, string>> = {
    TEMPORAL_DEPLOYMENT_NAME: `monitored-${randomBytes(4).toString('hex')}`,
    TEMPORAL_WORKER_BUILD_ID: BUILD_ID,
  };

  private stopPrometheus: (() => Promise<void>) | undefined;
  private prometheusUrl = '';

  private constructor(
    readonly stack: TestStack,
    private readonly claims: readonly ClaimedPort[],
  ) {}

  static async open(): Promise<MonitoredWorker> {
    const [stack, claims] = await Promise.all([TestStack.open(), claimPorts(3)]);
    const worker = new MonitoredWorker(stack, claims);
    stack.startWorker({
      NCFD_HEALTH_PORT: String(worker.ports[0]),
      NCFD_TEMPORAL_METRICS_PORT: String(worker.ports[1]),
      ...worker.deployment,
    });
    return worker;
  }

  /** Ports of our page and of the SDK's. */
  get ports(): readonly [number, number] {
    return [this.claims[0]?.port ?? 0, this.claims[1]?.port ?? 0];
  }

  /** Starts Prometheus with the shipped configuration and rules, watching this worker. */
  async startPrometheus(): Promise<void> {
    const [port = 0] = this.claims.slice(2).map((claim) => claim.port);
    const folder = this.stack.path('prometheus');
    writePrometheus(folder, {
      'ncfd-worker': [this.ports[0]],
      'ncfd-worker-sdk': [this.ports[1]],
      prometheus: [port],
      temporal: [],
      alertmanager: [],
    });
    this.stopPrometheus = await startPrometheus(folder, port);
    this.prometheusUrl = `http://127.0.0.1:${port}`;
  }

  /** Prometheus' answer to a page of its API. */
  async prometheus<T>(page: string): Promise<T> {
    const answer = (await (await fetch(`${this.prometheusUrl}/api/v1/${page}`)).json()) as {
      status: string;
      data: T;
      error?: string;
    };
    if (answer.status !== 'success') throw new Error(`${page}: ${answer.error}`);
    return answer.data;
  }

  /** Every sample of both pages. */
  async samples(): Promise<readonly Sample[]> {
    const pages = this.ports.map(async (port) =>
      (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
    );
    return samplesOf((await Promise.all(pages)).join('\n'));
  }

  /** The samples, when they are as wanted. */
  eventually(wanted: (samples: readonly Sample[]) => boolean): Promise<readonly Sample[]> {
    return until(() => this.samples().catch(() => []), wanted);
  }

  /** The sample, ingested and scored by a run of each mode that publishes. */
  async scoreSample(): Promise<void> {
    const { stack } = this;
    await this.done(['sample', 'write', stack.path('sample'), '--count', '60']);
    await this.done(['ingest', stack.path('sample')]);
    await this.done(['deploy', 'register', BUILD_ID]);
    await this.done(['deploy', 'promote', BUILD_ID, '--ungated', '--reason', 'a test']);
    const params = ['--params', stack.demoParameters()];
    for (const mode of MODES) {
      const what = ['--mode', mode, '--universe', 'all', '--as-of', SAMPLE_AS_OF];
      await this.done(['run', 'start', '--wait', ...what, ...params]);
    }
  }

  /** Rows of the history of a schedule, as the command line and other workers write them. */
  async noteTicks(scheduleId: string, outcomes: readonly Outcome[]): Promise<void> {
    const store = await createScheduleStore(this.stack.database.url);
    try {
      const ticks = outcomes.map((outcome, index) => ({
        plannedMs: Date.UTC(2026, 0, 1, index),
        origin: 'planned' as const,
        outcome,
        lateMs: null,
        workflowId: null,
        because: null,
        becauseRun: null,
      }));
      const watch = { explainedTo: '2026-01-02T00:00:00Z', serverCreatedAt: null };
      await store.explained(scheduleId, ticks, { ...watch, missed: 0, skipped: 0 });
    } finally {
      await store.close();
    }
  }

  /** A workflow that no code here can run: its tasks fail and are tried again. */
  async startUnknownWorkflow(): Promise<() => Promise<void>> {
    const connection = await Connection.connect({ address: testTemporalAddress() });
    const handle = await new Client({ connection }).workflow.start('ncfdUnknown', {
      taskQueue: this.stack.env['NCFD_TASK_QUEUE'] ?? '',
      workflowId: `unknown-${randomBytes(4).toString('hex')}`,
    });
    return async () => {
      await handle.terminate();
      await connection.close();
    };
  }

  private async done(args: readonly string[]): Promise<void> {
    const { code, stderr } = await this.stack.ncfd(args, { env: this.deployment });
    if (code !== 0) throw new Error(`ncfd ${args.join(' ')} ended with ${code}: ${stderr}`);
  }

  async close(): Promise<void> {
    await this.stopPrometheus?.();
    await this.stack.close();
    for (const claim of this.claims) claim.release();
  }
}
