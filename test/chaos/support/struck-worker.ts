/**
 * Workers of several lanes in one process, which ends or stops itself when each of them stands at
 * the boundary that it was told. Told by messages; tells by lines on standard output.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { writeSync } from 'node:fs';
import type { Context } from '@temporalio/activity';
import { NativeConnection, Worker, type ActivityInterceptorsFactory } from '@temporalio/worker';
import { Client } from 'pg';
import { createLog } from '../../../src/observability/log';
import { createWorker, openStores, type NcfdWorker } from '../../../src/worker';
import { installRuntime } from '../../../src/worker/runtime';
import { shortBundle } from './real-lane';
import { installSqlSeam, Life, livingAs, type Strike } from './seam';
import { SeamArtifacts } from './seam-artifacts';
import type { Order, Position, Said, Struck } from './struck-process';

/** Between two signals of the same kind. */
const AGAIN_MS = 100;
/** Milliseconds for a transaction without a statement, and for a statement; where asked for. */
const SHORT_WAITS = { idle_in_transaction_session_timeout: '4000', statement_timeout: '8000' };
const log = createLog({ level: 'fatal', name: 'worker' });
const activities = new AsyncLocalStorage<string>();

const say = (what: Said): void => {
  writeSync(1, `${JSON.stringify(what)}\n`);
};

/** What happens in one lane: counts its boundaries by activity, and holds at one of them. */
class SeamedLane {
  readonly life = new Life(() => this.#strike());
  /** Attempts of shards under way. */
  inFlight = 0;
  crossed: Record<string, number> = {};
  held: (() => Promise<void>) | null = null;
  position: Position | null = null;

  #strike(): Strike | null {
    const activity = activities.getStore();
    if (activity === undefined) return null;
    const nth = (this.crossed[activity] = (this.crossed[activity] ?? 0) + 1);
    const { position, held } = this;
    if (held === null || position?.activity !== activity || position.nth !== nth) return null;
    this.position = null;
    return { kind: 'first', run: held };
  }

  /** Between the seams of SQL and artifacts: an activity is taken up, and answered. */
  readonly interceptors: ActivityInterceptorsFactory = ({ info }: Context) => ({
    inbound: {
      execute: (input, next) =>
        livingAs(this.life, () =>
          activities.run(info.activityType, async () => {
            const ofShard = (input.args[0] as { shard?: number } | undefined)?.shard !== undefined;
            if (ofShard) this.inFlight += 1;
            try {
              await this.#cross('taken', info.activityType);
              return await next(input);
            } finally {
              await this.#cross('answer', info.activityType);
              if (ofShard) this.inFlight -= 1;
            }
          }),
        ),
    },
  });

  async #cross(kind: 'taken' | 'answer', label: string): Promise<void> {
    const strike = this.life.cross(kind, label);
    if (strike?.kind === 'first') await strike.run();
  }
}

type LaneSettings = Parameters<typeof openStores>[0];
const settings = JSON.parse(process.env['NCFD_CHAOS_LANES'] ?? '[]') as readonly LaneSettings[];
const lanes = settings.map(() => new SeamedLane());
let workers: readonly NcfdWorker[] = [];
let drained: Promise<unknown> = Promise.resolve();
let resting = false;
let go: () => void = () => undefined;

/** Waits here until all lanes have come to their places; then the deed is done, and all go on. */
function barrier(count: number, deed: NonNullable<Order['deed']>): () => Promise<void> {
  let left = count;
  let pass: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => (pass = resolve));
  return async () => {
    if ((left -= 1) === 0) await doneTo(deed).then(pass);
    await passed;
  };
}

async function doneTo(deed: NonNullable<Order['deed']>): Promise<void> {
  const struck: Struck = { inFlight: lanes.map(({ inFlight }) => inFlight) };
  say({ struck });
  const [signal, twice] = deed.split(' ');
  if (deed === 'wait for go') await new Promise<void>((resolve) => (go = resolve));
  else process.kill(process.pid, signal);
  if (signal !== 'SIGTERM') return;
  // The workers have heard it before the activities end.
  await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  if (twice !== undefined) process.kill(process.pid, signal);
}

function arm({ positions = [], deed = null }: Order): void {
  const held = deed === null ? null : barrier(positions.filter((one) => one !== null).length, deed);
  for (const [i, lane] of lanes.entries()) {
    lane.crossed = {};
    lane.position = positions[i] ?? null;
    lane.held = held;
  }
}

async function work(leave: () => Promise<void>): Promise<void> {
  workers = await Promise.all(settings.map(seamedWorker));
  resting = false;
  arm({ act: 'work' });
  drained = Promise.all(workers.map((worker) => worker.run()));
  // Drained because of a signal, not of an order: the process ends as that of the product does.
  void drained.then(() => (resting ? undefined : leave()));
  say({ working: true });
}

async function seamedWorker(one: LaneSettings, i: number): Promise<NcfdWorker> {
  const stores = await openStores(one);
  const life = lanes[i]?.life ?? new Life();
  return createWorker({
    settings: one,
    stores: { ...stores, artifacts: new SeamArtifacts(stores.artifacts, life) },
    log,
    workflowBundle: await shortBundle(),
    strictPayloads: true,
    health: false,
  });
}

async function rest(): Promise<void> {
  resting = true;
  for (const worker of workers) worker.shutdown();
  await drained;
  say({ rested: lanes.map(({ crossed }) => crossed) });
}

/** Puts the seams between the worker and its activities, and shortens its wait for a lost one. */
function seamWorkers(): void {
  const create = Worker.create.bind(Worker);
  Worker.create = (options) => {
    const lane = lanes[settings.findIndex(({ taskQueue }) => taskQueue === options.taskQueue)];
    const activity = [
      ...(options.interceptors?.activity ?? []),
      ...(lane ? [lane.interceptors] : []),
    ];
    const interceptors = { ...options.interceptors, activity };
    return create({ ...options, interceptors, stickyQueueScheduleToStartTimeout: '1 s' });
  };
}

/** The database gives up on a silent client earlier than in production. */
function shortenDatabaseWaits(): void {
  const prototype = Client.prototype as unknown as { getStartupConf(): Record<string, string> };
  const real = prototype.getStartupConf;
  prototype.getStartupConf = function getStartupConf() {
    return { ...real.apply(this), ...SHORT_WAITS };
  };
}

async function main(): Promise<void> {
  seamWorkers();
  if (process.env['NCFD_CHAOS_SHORT_WAITS'] !== undefined) shortenDatabaseWaits();
  installSqlSeam();
  installRuntime({ log, metricsPort: 0, handleSignals: true });
  // The runtime of the SDK ends with its last connection.
  const connection = await NativeConnection.connect({
    address: settings[0]?.temporalAddress ?? '',
  });
  let leaving = false;
  const leave = async (): Promise<void> => {
    leaving = true;
    await connection.close();
    if (process.connected) process.disconnect();
  };
  // The test is gone, whatever the reason.
  process.on('disconnect', () => leaving || process.exit(1));
  process.on('message', (order: Order) => {
    const acts = {
      work: () => work(leave),
      rest,
      arm: async () => arm(order),
      go: async () => go(),
    };
    acts[order.act]().catch((error: unknown) => {
      process.stderr.write(
        `${order.act}: ${error instanceof Error ? error.stack : String(error)}\n`,
      );
      process.exit(1);
    });
  });
  say({ ready: true });
}

void main();
