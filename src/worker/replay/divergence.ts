import type { History } from '@temporalio/common/lib/proto-utils';
import { eventAt, scheduling, subjectOf, typeOf } from './events';

/** Where code and history part for the first time. */
export interface Divergence {
  /** Event of the history; null when the code failed before it came to one. */
  readonly eventId: number | null;
  readonly eventType: string | null;
  /** What the history has. */
  readonly expected: string;
  /** What the code did instead. */
  readonly actual: string;
  /** Places of the workflow code that ask for the expected or did the actual. */
  readonly code: readonly string[];
}

/** What the replayer said, before it is located in history and code. */
export interface Said {
  readonly eventId: number | null;
  /** Events that fit equally well; the first that does not replay is meant. */
  readonly candidates: readonly number[];
  readonly expected: string | null;
  readonly actual: string;
  /** Names to look for in the workflow code. */
  readonly names: readonly string[];
  /** Stack of an error that the code threw. */
  readonly stack: string | null;
}

const NONE = { eventId: null, candidates: [], expected: null, names: [], stack: null } as const;

/** Reads the replayer's message; the patterns are those of the SDK that is pinned. */
export function readMessage(message: string, history: History): Said {
  const text = innerMessage(message);
  return (
    otherSubject(text, history) ??
    otherKind(text) ??
    nothingAsked(text) ?? {
      ...NONE,
      actual: `failed: ${text.slice(0, MAX_TEXT)}`,
      stack: stackIn(message),
    }
  );
}

const MAX_TEXT = 300;

/** The sentence within the native core's rendering of a failed task. */
function innerMessage(message: string): string {
  const quoted = /message: "((?:[^"\\]|\\.)*)"/.exec(message)?.[1] ?? message;
  return quoted.replace(/^\[TMPRL1100\] Nondeterminism error: /, '').replaceAll('\\"', '"');
}

const stackIn = (message: string): string | null =>
  /stack_trace: "((?:[^"\\]|\\.)*)"/.exec(message)?.[1]?.replaceAll('\\n', '\n') ?? null;

/** The same kind of command for something else: another activity, another child. */
function otherSubject(text: string, history: History): Said | null {
  const match =
    /^(Activity|Child workflow) (id|type) of scheduled event '(.*)' does not match .* command '(.*)'$/.exec(
      text,
    );
  if (match === null) return null;
  const [, kind = '', by = '', expected = '', actual = ''] = match;
  const candidates = scheduling(history, expected);
  return {
    ...NONE,
    candidates,
    eventId: candidates[0] ?? null,
    expected: `${kind.toLowerCase()} ${by === 'id' ? 'with id ' : ''}${expected}`,
    actual: `asked for ${kind.toLowerCase()} ${by === 'id' ? 'with id ' : ''}${actual}`,
    names: by === 'type' ? [actual, expected] : [...(CALLS[kind] ?? [])],
  };
}

/** Another kind of command than the history has at an event. */
function otherKind(text: string): Said | null {
  const match =
    /^(.+?) ?[Mm]achine (?:does not|cannot) handle (?:this event: )?HistoryEvent(?:\(id: | \{ event_id: )(\d+)/.exec(
      text,
    );
  if (match === null) return null;
  const [, machine = '', id = ''] = match;
  return {
    ...NONE,
    eventId: Number(id),
    actual: `asked for ${COMMANDS[machine] ?? machine.toLowerCase()}`,
    names: CALLS[machine] ?? [],
  };
}

/** The history goes on where the code asks for nothing. */
function nothingAsked(text: string): Said | null {
  const match = /^No command scheduled for event HistoryEvent\(id: (\d+)/.exec(text);
  return match === null
    ? null
    : { ...NONE, eventId: Number(match[1]), actual: 'asked for nothing' };
}

/** Commands by the core's names of the machines that make them. */
const COMMANDS: Readonly<Record<string, string>> = {
  Activity: 'an activity',
  Timer: 'a timer',
  'Child workflow': 'a child workflow',
  UpsertWorkflowSearchAttributes: 'a change of search attributes',
  'Complete workflow': 'the end of the workflow',
  'Fail workflow': 'the failure of the workflow',
  'Cancel workflow': 'the workflow to end as cancelled',
  'Continue as new workflow': 'a new history (continue-as-new)',
  Change: 'a version marker (patched)',
};

/** How workflow code spells these commands. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  Timer: ['sleep', 'condition'],
  'Child workflow': ['executeChild', 'startChild'],
  UpsertWorkflowSearchAttributes: ['upsertSearchAttributes'],
  'Continue as new workflow': ['continueAsNew'],
  'Fail workflow': ['workflowFailure'],
  Change: ['patched', 'deprecatePatch'],
};

/** Words for the event of the history: `activity sealSnapshot`, else its type and subject. */
export function describeEvent(history: History, id: number): string {
  const event = eventAt(history, id);
  if (event === undefined) return `event ${id}`;
  const subject = subjectOf(event);
  return subject === null ? typeOf(event) : `${typeOf(event)} ${subject}`;
}

/** Names that the code of an event is found by. */
export function namesAt(history: History, id: number): readonly string[] {
  const event = eventAt(history, id);
  if (event === undefined) return [];
  if (
    event.activityTaskScheduledEventAttributes ||
    event.startChildWorkflowExecutionInitiatedEventAttributes
  ) {
    return [subjectOf(event) ?? ''];
  }
  if (event.upsertWorkflowSearchAttributesEventAttributes) return ['upsertSearchAttributes'];
  if (event.timerStartedEventAttributes) return ['sleep', 'condition'];
  return event.workflowExecutionContinuedAsNewEventAttributes ? ['continueAsNew'] : [];
}
