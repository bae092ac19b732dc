import {
  allHandlersFinished,
  condition,
  currentUpdateInfo,
  defineSignal,
  defineUpdate,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  CANCEL_REASON_SIGNAL,
  CONTROL_ACTIONS,
  refusalOf,
  type ControlAction,
  type ControlAnswer,
  type ControlRequest,
  type Granted,
} from '../contracts/control';
import { ERROR_CODES } from '../contracts/errors';
import type { RunInput } from '../contracts/run';
import type { RunBoard } from './board';
import { workflowFailure } from './failures';
import { RunHold } from './hold';
import { steps } from './steps';

const cancelReason = defineSignal<[ControlRequest]>(CANCEL_REASON_SIGNAL);

/** What people ask of a run while it works: its updates, and what became of them. */
export class RunControls {
  readonly hold = new RunHold();
  #retry: Granted | null = null;
  #decision: ControlAnswer | null = null;
  #cancelledBy: Granted | null = null;
  #notes: Promise<void> = Promise.resolve();

  constructor(
    private readonly input: RunInput,
    private readonly board: RunBoard,
  ) {
    for (const action of CONTROL_ACTIONS) this.#offer(action);
    setHandler(cancelReason, ({ actor, reason }) => {
      this.#cancelledBy = { actor, reason, at: now() };
    });
  }

  /** Who cancels the run; null when nobody said so. */
  get cancelledBy(): Granted | null {
    return this.#cancelledBy;
  }

  /** Who rejected the publication, or null. */
  get rejectedBy(): Granted | null {
    return this.board.progress().rejected;
  }

  /** Resolves when the run is not paused: nothing that matters is begun before. */
  async unpaused(): Promise<void> {
    for (let hold = this.hold.lifted(); hold !== null; hold = this.hold.lifted()) await hold;
  }

  /** Resolves when somebody asks for the failed shards to be tried again. */
  async retryAsked(): Promise<void> {
    this.#retry = null;
    await condition(() => this.#retry !== null);
  }

  /** Resolves when the publication is approved or rejected. */
  async decided(): Promise<ControlAnswer> {
    await condition(() => this.#decision !== null);
    return this.#decision as ControlAnswer;
  }

  /** To be awaited before the run ends: no update is left unanswered, no record unwritten. */
  async settled(): Promise<void> {
    await condition(allHandlersFinished);
    await this.#notes;
  }

  #offer(action: ControlAction): void {
    setHandler(
      defineUpdate<ControlAnswer, [ControlRequest]>(action),
      (request) => this.#grant(action, request),
      { validator: (request) => this.#check(action, request) },
    );
  }

  #check(action: ControlAction, request: ControlRequest): void {
    const refusal = refusalOf(action, request, this.board.progress());
    if (refusal === null) return;
    const { kind, message, hint } = refusal;
    throw workflowFailure(kind, message, ERROR_CODES[kind], hint);
  }

  async #grant(action: ControlAction, { actor, reason }: ControlRequest): Promise<ControlAnswer> {
    const answer = { action, actor, reason, at: now() };
    this.#note(answer);
    await this.#apply(answer);
    return answer;
  }

  async #apply(answer: ControlAnswer): Promise<void> {
    const { action, actor, reason, at } = answer;
    const granted = { actor, reason, at };
    if (action === 'pause' || action === 'resume') {
      const paused = action === 'pause' ? granted : null;
      this.board.held(paused);
      await this.hold.change(paused);
    } else if (action === 'retryFailedShards') {
      this.board.goOn();
      this.#retry = granted;
    } else {
      this.#decision = answer;
      this.board.decided(action === 'approvePublish' ? 'approved' : 'rejected', granted);
    }
  }

  /**
   * Writes the audit record beside the work: an answer does not wait for a free worker.
   * The records follow each other: the log has them in the order in which they were granted.
   */
  #note(answer: ControlAnswer): void {
    const { header } = this.input;
    const id = `${workflowInfo().runId}/${currentUpdateInfo()?.id ?? ''}`;
    this.#notes = this.#notes
      .then(() => steps.recordControl({ header, id, answer }))
      .catch((error: unknown) => {
        log.error('audit record of an update was not written', { ...answer, error });
      });
  }
}

/** The workflow's clock: the same in every replay. */
const now = (): string => new Date().toISOString();
