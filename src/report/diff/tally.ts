import type { TrialDiff } from '../../domain/diff/trial-diff';
import type { ListedTrial, RunsDiff } from './model';

/** Trials that entered or left, and kinds of changed places, that are named; the rest is counted. */
const NAMED = 50;

type Counted = Pick<RunsDiff, 'counts' | 'entered' | 'left' | 'trials'>;

/** Counts the differences of two runs as they stream by, and keeps the greatest moves. */
export class DiffTally {
  trialsInA = 0;
  trialsInB = 0;
  private readonly enteredIds: string[] = [];
  private readonly leftIds: string[] = [];
  private readonly kept: ListedTrial[] = [];
  private readonly decisions = new Map<string, number>();
  private readonly keys = new Map<string, number>();
  private readonly fields = new Map<string, number>();
  private readonly movedBy = { data: 0, parameters: 0, code: 0 };
  private readonly n = {
    both: 0,
    differ: 0,
    records_changed: 0,
    entered: 0,
    left: 0,
    not_repeated: 0,
  };

  constructor(private readonly limit: number) {}

  entered(nctId: string): void {
    this.trialsInB += 1;
    this.n.entered += 1;
    if (this.enteredIds.length < NAMED) this.enteredIds.push(nctId);
  }

  left(nctId: string): void {
    this.trialsInA += 1;
    this.n.left += 1;
    if (this.leftIds.length < NAMED) this.leftIds.push(nctId);
  }

  /** A trial of both runs; `diff` is null when its verdict is the same. */
  both(
    isRecordChanged: boolean,
    diff: TrialDiff | null,
    more: Pick<ListedTrial, 'title' | 'rank'>,
  ): void {
    this.trialsInA += 1;
    this.trialsInB += 1;
    this.n.both += 1;
    if (isRecordChanged) this.n.records_changed += 1;
    if (diff === null) return;
    this.count(diff);
    this.kept.push({ ...diff, ...more });
    if (this.kept.length > 2 * this.limit) this.cut();
  }

  result(): Counted {
    this.cut();
    return {
      counts: {
        ...this.n,
        decisions: Object.fromEntries(this.decisions),
        moved_by: this.movedBy,
        parameter_keys: mostFrequent(this.keys),
        record_fields: mostFrequent(this.fields),
      },
      entered: this.enteredIds,
      left: this.leftIds,
      trials: this.kept,
    };
  }

  private count(diff: TrialDiff): void {
    this.n.differ += 1;
    if (!diff.repeats.a || !diff.repeats.b) this.n.not_repeated += 1;
    if (diff.a.decision !== diff.b.decision) {
      add(this.decisions, `${diff.a.decision} → ${diff.b.decision}`);
    }
    for (const cause of ['data', 'parameters', 'code'] as const) {
      if ((diff.logit_post?.[cause] ?? 0) !== 0) this.movedBy[cause] += 1;
    }
    for (const { pointer } of diff.parameter_keys) add(this.keys, pointer);
    const kinds = diff.record_fields.map(({ pointer }) =>
      pointer.replaceAll(/\/\d+(?=\/|$)/g, '/*'),
    );
    for (const kind of new Set(kinds)) add(this.fields, kind);
  }

  private cut(): void {
    this.kept.sort(byMove);
    this.kept.length = Math.min(this.kept.length, this.limit);
  }
}

const add = (counts: Map<string, number>, name: string): void =>
  void counts.set(name, (counts.get(name) ?? 0) + 1);

/** Greatest move of p_fail first, then of the log-odds, then by nct_id. */
function byMove(x: ListedTrial, y: ListedTrial): number {
  const size = (one: ListedTrial): readonly number[] => [
    one.a.decision === one.b.decision ? 0 : 1,
    Math.abs((one.b.p_fail ?? 0) - (one.a.p_fail ?? 0)),
    Math.abs((one.b.logit_post ?? 0) - (one.a.logit_post ?? 0)),
  ];
  const [sx, sy] = [size(x), size(y)];
  const at = sx.findIndex((value, i) => value !== sy[i]);
  if (at >= 0) return (sy[at] ?? 0) - (sx[at] ?? 0);
  return x.nct_id < y.nct_id ? -1 : 1;
}

const mostFrequent = (counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> =>
  Object.fromEntries([...counts].sort(([, x], [, y]) => y - x).slice(0, NAMED));
