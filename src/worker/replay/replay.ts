import { Worker } from '@temporalio/worker';
import type { History } from '@temporalio/common/lib/proto-utils';
import { messageOf, NcfdError } from '../../contracts/errors';
import { silentLog } from '../../observability/log';
import { workflowBundleFile } from '../bundle';
import { installRuntime } from '../runtime';
import { codePlaces, type CodePlaces } from './code-places';
import { describeEvent, namesAt, readMessage, type Divergence, type Said } from './divergence';
import { eventAt, isBegun, isChecked, typeOf, untilTaskAfter, workflowTypeOf } from './events';
import { readHistoryFile, unchecked, type ReplayItem } from './read-history';

/** What became of one history. */
export interface Replayed {
  readonly source: string;
  readonly workflowId: string | null;
  readonly workflowType: string | null;
  readonly events: number;
  /** `refused`: it could not be checked; `not_begun`: no worker has answered a task of it yet. */
  readonly result: 'replays' | 'diverges' | 'refused' | 'not_begun';
  readonly divergence: Divergence | null;
  /** Why it was refused. */
  readonly problem: NcfdError | null;
}

/** Replays histories one after the other against the workflow code of one bundle. */
export class Replayer {
  readonly #codePath: string;
  readonly #places: CodePlaces;

  /**
   * @param codePath a bundle, or null for that of this program
   * @throws NcfdError `BadInputFile` when it is none
   */
  constructor(codePath: string | null) {
    this.#codePath = codePath ?? workflowBundleFile();
    this.#places = codePlaces(this.#codePath);
    installRuntime({ log: silentLog(), metricsPort: 0, handleSignals: false });
  }

  /** One file; what is wrong with the file is its result. */
  async file(name: string): Promise<Replayed> {
    try {
      return await this.history(readHistoryFile(name));
    } catch (error) {
      if (!(error instanceof NcfdError)) throw error;
      return { ...EMPTY, source: name, result: 'refused', problem: error };
    }
  }

  async history(item: ReplayItem): Promise<Replayed> {
    const { source, workflowId, history } = item;
    const workflowType = workflowTypeOf(history);
    const known = { source, workflowId, workflowType, events: history.events?.length ?? 0 };
    if (!isBegun(history)) return { ...EMPTY, ...known, result: 'not_begun' };
    if (!isChecked(history)) {
      return { ...EMPTY, ...known, result: 'refused', problem: unchecked(source) };
    }
    const error = await this.#errorOf(history, workflowId);
    if (error === null) return { ...EMPTY, ...known, result: 'replays' };
    const divergence = await this.#locate(item, readMessage(messageOf(error), history));
    return { ...EMPTY, ...known, result: 'diverges', divergence };
  }

  async #errorOf(history: History, workflowId: string): Promise<unknown> {
    try {
      await Worker.runReplayHistory(
        { workflowBundle: { codePath: this.#codePath } },
        history,
        workflowId,
      );
      return null;
    } catch (error) {
      return error ?? new Error('the replayer failed without a reason');
    }
  }

  async #locate(item: ReplayItem, said: Said): Promise<Divergence> {
    const { history } = item;
    const eventId = await this.#firstOf(item, said);
    const event = eventId === null ? undefined : eventAt(history, eventId);
    const there = eventId === null ? null : describeEvent(history, eventId);
    const names = [...said.names, ...(eventId === null ? [] : namesAt(history, eventId))];
    return {
      eventId,
      eventType: event === undefined ? null : typeOf(event),
      expected: said.expected ?? there ?? 'the code to come this far',
      actual: said.actual,
      code: said.stack === null ? this.#places.using(names) : this.#places.inStack(said.stack),
    };
  }

  /** The first event that does not replay, of several that the message may mean. */
  async #firstOf({ history, workflowId }: ReplayItem, said: Said): Promise<number | null> {
    const { candidates, eventId } = said;
    let low = 0;
    let high = candidates.length - 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const begun = untilTaskAfter(history, candidates[middle] ?? 0);
      const fails = begun !== null && (await this.#errorOf(begun, workflowId)) !== null;
      if (fails) high = middle;
      else low = middle + 1;
    }
    return candidates[low] ?? eventId;
  }
}

const EMPTY = {
  workflowId: null,
  workflowType: null,
  events: 0,
  divergence: null,
  problem: null,
} as const;
