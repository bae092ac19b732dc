import type { History } from '@temporalio/common/lib/proto-utils';

type HistoryEvent = NonNullable<History['events']>[number];

const eventsOf = (history: History): readonly HistoryEvent[] => history.events ?? [];

/** Whether replay would compare what the code asks for with what the history has. */
export function isChecked(history: History): boolean {
  return eventsOf(history).some(
    (event) =>
      (event.workflowTaskCompletedEventAttributes?.sdkMetadata?.coreUsedFlags ?? []).length > 0,
  );
}

/** Whether a worker has answered any task of the workflow; before that there is nothing to replay. */
export const isBegun = (history: History): boolean =>
  eventsOf(history).some((event) => Boolean(event.workflowTaskCompletedEventAttributes));

export const workflowTypeOf = (history: History): string =>
  eventsOf(history)[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? 'unknown';

/** `ActivityTaskScheduled`, …; by the attributes, which every event has. */
export function typeOf(event: HistoryEvent): string {
  const member = Object.entries(event).find(
    ([name, value]) => name.endsWith('EventAttributes') && Boolean(value),
  );
  const name = (member?.[0] ?? 'unknownEventAttributes').replace(/EventAttributes$/, '');
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** What an event is about: an activity, a child workflow, a timer, search attributes. */
export function subjectOf(event: HistoryEvent): string | null {
  return (
    event.activityTaskScheduledEventAttributes?.activityType?.name ??
    event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowType?.name ??
    event.timerStartedEventAttributes?.timerId ??
    attributesOf(event) ??
    null
  );
}

function attributesOf(event: HistoryEvent): string | undefined {
  const set =
    event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields ??
    undefined;
  return set === undefined ? undefined : Object.keys(set).join(', ');
}

export const eventAt = (history: History, id: number): HistoryEvent | undefined =>
  eventsOf(history)[id - 1];

/** Ids of the events that schedule an activity, or begin a child, of a type or id. */
export function scheduling(history: History, name: string): readonly number[] {
  return eventsOf(history).flatMap((event, i) => {
    const activity = event.activityTaskScheduledEventAttributes;
    const child = event.startChildWorkflowExecutionInitiatedEventAttributes;
    const names = [
      activity?.activityType?.name,
      activity?.activityId,
      child?.workflowId,
      child?.workflowType?.name,
    ];
    return names.includes(name) ? [i + 1] : [];
  });
}

/** The history as it was when the first task after the event began; null when none followed. */
export function untilTaskAfter(history: History, id: number): History | null {
  const events = eventsOf(history);
  const end = events.findIndex(
    (event, i) => i >= id && Boolean(event.workflowTaskStartedEventAttributes),
  );
  return end < 0 ? null : { ...history, events: events.slice(0, end + 1) };
}
