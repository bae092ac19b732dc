import type { NcfdClient } from '../client';
import { isNcfdError, NcfdError } from '../contracts/errors';
import type { JsonObject } from '../domain/json';
import { canonicalJson } from '../domain/manifest/canonical-json';
import { sha256 } from '../domain/manifest/digest';
import type { RunRow, RunStore } from '../ports/run-store';

/** Where a run stands, as an event. Its id names the state, whichever process tells it. */
export interface RunEvent {
  readonly id: string;
  readonly type: 'progress' | 'end';
  readonly data: JsonObject;
}

type Listener = (event: RunEvent) => void;

/** Milliseconds between two looks at a run; one look serves all who watch. */
const LOOK_MS = 1_000;

/** Watches runs for as long as somebody listens. */
export class RunEvents {
  private readonly watched = new Map<string, WatchedRun>();

  constructor(
    private readonly runs: RunStore,
    private readonly client: () => Promise<NcfdClient>,
    private readonly lookMs = LOOK_MS,
  ) {}

  /** @returns a function that ends the listening */
  listen(run: RunRow, listener: Listener): () => void {
    const { runId } = run.header;
    const known = this.watched.get(runId);
    const watched = known ?? new WatchedRun(() => this.now(runId), this.lookMs);
    if (known === undefined) this.watched.set(runId, watched);
    watched.add(listener);
    return () => {
      watched.remove(listener);
      if (watched.listeners === 0 && this.watched.get(runId) === watched) {
        this.watched.delete(runId);
      }
    };
  }

  /** Where a run stands now. */
  async now(runId: string): Promise<RunEvent> {
    const run = await this.runs.run(runId);
    if (run === null) throw new NcfdError('RunNotFound', `there is no run ${runId}`);
    const isOver = run.status !== 'pending' && run.status !== 'running';
    const data = { ...standing(run), ...(isOver ? {} : await this.progress(run)) };
    const type = isOver ? 'end' : 'progress';
    return { id: sha256(canonicalJson(data)).slice(0, 16), type, data };
  }

  /** What Temporal tells; that it tells nothing is told instead. */
  private async progress({ header }: RunRow): Promise<JsonObject> {
    try {
      const client = await this.client();
      const { stage, shards, trials, frozen, scored, failed, paused, approved, counts } =
        await client.progress(header.runKey);
      return {
        ...{ stage, shards, trials, frozen, scored, failed, counts: counts && { ...counts } },
        ...{ paused: paused && { ...paused }, approved: approved && { ...approved } },
      };
    } catch (error) {
      if (!isNcfdError(error)) throw error;
      return { trouble: { code: error.code, retryable: error.retryable } };
    }
  }
}

const standing = ({ header, status, publicationSha256, counts, error }: RunRow): JsonObject => ({
  run: header.runId,
  status,
  publication: publicationSha256,
  counts: counts && { ...counts },
  error,
});

/** One run that is looked at again and again, until it ends or nobody listens. */
class WatchedRun {
  private readonly heard = new Set<Listener>();
  private last: RunEvent | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly look: () => Promise<RunEvent>,
    private readonly lookMs: number,
  ) {}

  get listeners(): number {
    return this.heard.size;
  }

  add(listener: Listener): void {
    this.heard.add(listener);
    if (this.last !== null) listener(this.last);
    if (this.heard.size === 1) void this.again();
  }

  remove(listener: Listener): void {
    this.heard.delete(listener);
    if (this.heard.size > 0 || this.timer === null) return;
    clearTimeout(this.timer);
    this.timer = null;
  }

  private async again(): Promise<void> {
    // A look that fails (the database restarts) is made again; listeners keep what they know.
    const event = await this.look().catch(() => null);
    if (event !== null && event.id !== this.last?.id) {
      this.last = event;
      for (const listener of this.heard) listener(event);
    }
    if (this.heard.size === 0 || this.last?.type === 'end') return;
    this.timer = setTimeout(() => void this.again(), this.lookMs);
  }
}
