import { normaliseText } from './normalise';
import { anyPhrase, bounded } from './words';

export const ENDPOINT_CLASSES = ['os', 'pfs', 'dfs', 'ttp', 'cr', 'orr', 'dor', 'mace'] as const;
/** Class of a primary endpoint (5.1.2). */
export type EndpointClass = (typeof ENDPOINT_CLASSES)[number];

const DFS_EVENTS = [
  'disease',
  'relapse',
  'recurrence',
  'event',
  'metastasis',
  'invasive disease',
] as const;
const PATHOLOGIC = '(?:pathologic(?:al)? )?';

/** Per class the phrases of 5.1.2; `per os` is a route of administration, not an endpoint. */
const PATTERNS: Readonly<Record<EndpointClass, RegExp>> = {
  os: words('overall survival|(?<!per )os'),
  pfs: words(anyPhrase(['progression-free survival', 'pfs', 'rpfs'])),
  dfs: words(
    anyPhrase([
      ...DFS_EVENTS.map((event) => `${event}-free survival`),
      ...['dfs', 'idfs', 'efs', 'rfs', 'mfs'],
    ]),
  ),
  ttp: words('time to (?:(?:disease|tumou?r) )?progression|ttp'),
  cr: words(`${PATHOLOGIC}complete ${PATHOLOGIC}response|complete remission|crr`),
  orr: words('(?:objective|overall|tumou?r|best overall) response|orr'),
  dor: words('duration of response|dor'),
  mace: words('major adverse (?:cardiac|cardiovascular) (?:and cerebrovascular )?events?|macc?e'),
};

/** Classes whose measure, not its time frame, holds the landmark (5.1.2). */
const TIME_TO_EVENT: ReadonlySet<EndpointClass> = new Set(['os', 'pfs', 'dfs', 'ttp', 'mace']);

/** Every class with a phrase in the measure, in the order of 5.1.2. */
export function endpointClasses(measure: string): ReadonlySet<EndpointClass> {
  const text = normaliseText(measure);
  return new Set(ENDPOINT_CLASSES.filter((name) => PATTERNS[name].test(text)));
}

/** True when a class counts the time to an event, so that a follow-up limit is no landmark. */
export function isTimeToEvent(classes: ReadonlySet<EndpointClass>): boolean {
  return [...classes].some((name) => TIME_TO_EVENT.has(name));
}

function words(source: string): RegExp {
  return new RegExp(bounded(source));
}
