/**
 * How much of a run the page shows. The rest stands in `scores.csv` and `evidence.ndjson`; each
 * list says how many it leaves out. Together they keep the page below 500 kB, whatever the number
 * of trials and the length of their texts.
 */
export const LIMITS = {
  /** Cases shown in full, of calls whose posterior alone reaches the threshold. */
  posteriorCases: 32,
  /** Cases shown in full, of calls that a stop rule lifted. */
  stopRuleCases: 24,
  /** Cases shown in full, of the trials that follow the calls. */
  nextCases: 8,
  /** Characters of markup that the cases of one list may take together; the first is always shown. */
  posteriorChars: 150_000,
  stopRuleChars: 90_000,
  nextChars: 30_000,
  /** Rows of the list of further calls, per basis. */
  callRows: 60,
  nextRows: 20,
  abstainedRows: 60,
  quarantinedRows: 40,
  missingRows: 14,
  leftOutRows: 12,
  /** Documents (or quotes) shown per signal, and missing inputs per unknown signal. */
  evidencePerSignal: 5,
  /** Pointers shown per document. */
  pointersPerDocument: 10,
  /** Characters of a text taken from a record, in a list. */
  titleChars: 160,
  textChars: 600,
} as const;
