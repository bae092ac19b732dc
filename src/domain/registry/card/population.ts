import { hasWords, hasWordStart } from './word-list';

/** Analysis population that a text names (3.1.7 item 3). */
export type Population = 'ITT' | 'mITT' | 'PP';

const namesPerProtocol = hasWords(['per-protocol', 'pp', 'pps', 'completer', 'completers']);
const namesModifiedIntent = hasWordStart(['modified intent']);
const namesMitt = hasWords(['m-itt']);
const namesIntent = hasWords([
  'intent-to-treat',
  'intention-to-treat',
  'itt',
  'full analysis set',
  'fas',
  'all randomised',
  'all randomized',
]);

/** null for no text, no known word, or words that contradict each other. */
export function populationOf(text: string | null): Population | null {
  if (text === null) return null;
  const modified = namesModifiedIntent(text) || namesMitt(text);
  const intent = namesIntent(text);
  if (namesPerProtocol(text)) return modified || intent ? null : 'PP';
  if (modified) return 'mITT';
  return intent ? 'ITT' : null;
}
