/**
 * Why each planned time of a schedule has the outcome that it has: from what the server started,
 * when the schedule was paused, and what the server counted. Times are milliseconds since the epoch.
 */

/** Outcomes that may still change; every other one is final. */
export const OPEN_OUTCOMES = ['waiting', 'started', 'unexplained'] as const;
const FINAL_OUTCOMES = [
  /** The run was started and has ended well. */
  'ran',
  /** A run of the same inputs was there already: it is the same one. */
  'same_run',
  /** It ran, later than the schedule allows. */
  'caught_up_late',
  'failed',
  'skipped_overlap',
  /** The run before it was still waiting for a worker. */
  'missed_no_worker',
  /** The Temporal server was away, or acted late. */
  'missed_outage',
  /** The server had no such schedule. */
  'missed_absent',
  'paused',
] as const;
export const OUTCOMES = [...OPEN_OUTCOMES, ...FINAL_OUTCOMES] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A workflow that the schedule started, as the server tells it. */
export interface StartedRun {
  readonly workflowId: string;
  readonly plannedMs: number;
  readonly startedMs: number;
  readonly closedMs: number | null;
  /** Null while it is at work; else whether it ended well. */
  readonly endedWell: boolean | null;
}

export interface Interval {
  readonly fromMs: number;
  /** Null while it lasts. */
  readonly toMs: number | null;
  /** What the row of a planned time within says. */
  readonly because: string;
}

/** What a row says already. */
export interface KnownTick {
  readonly outcome: Outcome;
  readonly runId: string | null;
  /** When a worker took up the run. */
  readonly begunMs: number | null;
}

export interface Facts {
  /** Rows are made for `(fromMs, toMs]`; what lies outside is evidence only. */
  readonly span: { readonly fromMs: number; readonly toMs: number };
  /** Ascending; all of them are past, and the server has dealt with them. */
  readonly planned: readonly number[];
  /** When the server was asked. */
  readonly nowMs: number;
  readonly overlap: 'skip' | 'buffer-one';
  readonly jitterMs: number;
  readonly lateAfterMs: number;
  readonly catchUpMs: number;
  readonly starts: readonly StartedRun[];
  readonly pauses: readonly Interval[];
  /** When the server had no such schedule. */
  readonly absences: readonly Interval[];
  readonly known: ReadonlyMap<number, KnownTick>;
  /** What the server counted and no earlier row accounts for. */
  readonly counted: { readonly missed: number; readonly skipped: number };
}

export interface Tick {
  readonly plannedMs: number;
  readonly origin: 'planned' | 'triggered';
  readonly outcome: Outcome;
  readonly lateMs: number | null;
  readonly workflowId: string | null;
  readonly because: string | null;
  /** The run that was in the way. */
  readonly becauseRun: string | null;
}

export interface Explained {
  readonly ticks: readonly Tick[];
  /** How much of what the server counted these rows account for. */
  readonly used: { readonly missed: number; readonly skipped: number };
}

/** How long the server may need to learn that a run has ended. */
const NOTICE_MS = 10_000;

/** Rows for all planned times, and for runs that nobody planned, that have no final row yet. */
export function explainTicks(facts: Facts): Explained {
  const planned = new Set(facts.planned);
  const starts = new Map(facts.starts.map((start) => [start.plannedMs, start]));
  const { fromMs, toMs } = facts.span;
  const all = [...new Set([...facts.planned, ...starts.keys()])]
    .filter((at) => at > fromMs && at <= toMs)
    .sort((a, b) => a - b);
  const explainer = new Explainer(facts);
  const ticks = all.flatMap((plannedMs) => {
    if (isFinal(facts.known.get(plannedMs)?.outcome)) return [];
    const start = starts.get(plannedMs);
    const origin = planned.has(plannedMs) ? ('planned' as const) : ('triggered' as const);
    const said = start === undefined ? explainer.missing(plannedMs) : explainer.started(start);
    return said === null ? [] : [{ ...NOTHING_SAID, ...said, plannedMs, origin }];
  });
  return { ticks, used: explainer.used };
}

export const isFinal = (outcome: Outcome | undefined): boolean =>
  outcome !== undefined && !(OPEN_OUTCOMES as readonly Outcome[]).includes(outcome);

type Said = Pick<Tick, 'outcome'> & Partial<Omit<Tick, 'plannedMs' | 'origin'>>;
const NOTHING_SAID = { lateMs: null, workflowId: null, because: null, becauseRun: null } as const;

class Explainer {
  used = { missed: 0, skipped: 0 };

  constructor(private readonly facts: Facts) {}

  /** A run that was started; null when its own row tells more. */
  started({ workflowId, plannedMs, startedMs, endedWell }: StartedRun): Said | null {
    const known = this.facts.known.get(plannedMs);
    if (endedWell === null) {
      if (known?.outcome === 'started') return null;
      return { outcome: 'waiting', workflowId, because: 'no worker has taken it up yet' };
    }
    const lateMs = Math.max(0, startedMs - plannedMs);
    if (!endedWell) {
      return { outcome: 'failed', workflowId, lateMs, because: 'see the workflow in Temporal' };
    }
    const late = lateMs > this.facts.lateAfterMs + this.facts.jitterMs;
    return { outcome: late ? 'caught_up_late' : 'ran', workflowId, lateMs };
  }

  /** A planned time at which nothing was started. */
  missing(at: number): Said {
    const { absences, pauses, jitterMs, overlap } = this.facts;
    const absence = absences.find((one) => covers(one, at, 0));
    if (absence !== undefined) return { outcome: 'missed_absent', because: absence.because };
    const pause = pauses.find((one) => covers(one, at, jitterMs));
    if (pause !== undefined) return { outcome: 'paused', because: pause.because };
    return (
      this.buffered(at) ??
      this.windowPassed(at) ??
      // With `skip` a run starts late only if the server acts late; a buffered one waits its turn.
      (overlap === 'skip' ? this.stoodIn(at) : null) ??
      this.blocked(at) ??
      this.stoodIn(at) ??
      this.counted() ?? { outcome: 'unexplained', because: 'nothing that is known explains it' }
    );
  }

  /** The server holds it until the run before it ends: one time of a schedule that buffers one. */
  private buffered(at: number): Said | null {
    const { overlap, starts, nowMs } = this.facts;
    if (overlap !== 'buffer-one') return null;
    const by = starts.find(
      (start) =>
        start.plannedMs < at &&
        this.holdsFrom(start) <= at &&
        (start.closedMs === null || (start.closedMs >= at && nowMs - start.closedMs < NOTICE_MS)),
    );
    if (by === undefined || this.plannedBetween(this.holdsFrom(by), at)) return null;
    const becauseRun = this.runOf(by);
    return { outcome: 'waiting', because: 'waits for the end of the run before it', becauseRun };
  }

  /**
   * Since when the server holds the next time for the end of a run. One that was started late has
   * taken the place of a run before it, or the server acted late, on all times of its delay at once.
   */
  private holdsFrom({ plannedMs, startedMs }: StartedRun): number {
    const tookTurn = this.facts.starts.some(
      (other) =>
        other.plannedMs < plannedMs && other.closedMs !== null && other.closedMs > plannedMs,
    );
    return tookTurn ? startedMs : plannedMs;
  }

  private plannedBetween(afterMs: number, beforeMs: number): boolean {
    return this.facts.planned.some((at) => at > afterMs && at < beforeMs);
  }

  /** The server came back when the catch-up window of this time had passed. */
  private windowPassed(at: number): Said | null {
    const { starts, catchUpMs, nowMs } = this.facts;
    if (this.left('missed') === 0) return null;
    const later = starts.filter(({ plannedMs }) => plannedMs > at);
    const backMs = Math.min(nowMs, ...later.map(({ startedMs }) => startedMs));
    if (at > backMs - catchUpMs) return null;
    return this.outage('it came back after the catch-up window');
  }

  /** A run planned earlier that was started after this time stands for both. */
  private stoodIn(at: number): Said | null {
    const late = this.facts.starts.find(
      ({ plannedMs, startedMs }) => plannedMs < at && startedMs > at,
    );
    if (late === undefined) return null;
    this.use('skipped');
    return {
      outcome: 'missed_outage',
      because: 'the server was away; the run planned before was caught up instead',
      becauseRun: this.runOf(late),
      workflowId: null,
    };
  }

  /** A run before it was at work. */
  private blocked(at: number): Said | null {
    const { starts, jitterMs, known } = this.facts;
    const before = starts.filter(({ plannedMs }) => plannedMs < at);
    const strict = before.filter(
      ({ startedMs, closedMs }) =>
        startedMs <= at + jitterMs && (closedMs === null || closedMs >= at),
    );
    const loose = before.filter(({ closedMs }) => (closedMs ?? at) >= at - NOTICE_MS);
    const [by] = strict.length > 0 ? strict : this.left('skipped') > 0 ? loose.slice(-1) : [];
    if (by === undefined) return null;
    this.use('skipped');
    const becauseRun = this.runOf(by);
    const begunMs =
      known.get(by.plannedMs)?.begunMs ?? (by.endedWell === null ? Infinity : by.startedMs);
    return begunMs > at + jitterMs
      ? {
          outcome: 'missed_no_worker',
          because:
            'the run before it had not begun: no worker took it up, or the server went away first',
          becauseRun,
        }
      : { outcome: 'skipped_overlap', because: 'the run before it was at work', becauseRun };
  }

  private counted(): Said | null {
    return this.left('missed') > 0 ? this.outage('its catch-up window passed') : null;
  }

  private outage(how: string): Said {
    this.use('missed');
    return { outcome: 'missed_outage', because: `the server was away: ${how}` };
  }

  private runOf({ plannedMs, workflowId }: StartedRun): string {
    return this.facts.known.get(plannedMs)?.runId ?? workflowId;
  }

  private left(what: 'missed' | 'skipped'): number {
    return Math.max(0, this.facts.counted[what] - this.used[what]);
  }

  private use(what: 'missed' | 'skipped'): void {
    this.used = { ...this.used, [what]: this.used[what] + 1 };
  }
}

/** A run is started up to the jitter after its planned time; a pause in between stops it too. */
const covers = ({ fromMs, toMs }: Interval, at: number, jitterMs: number): boolean =>
  at >= fromMs - jitterMs && (toMs === null || at <= toMs);
