import { normaliseText } from '../../text/normalise';
import { endpointClasses, type EndpointClass } from '../../text/endpoint-class';
import type { Comparison } from './comparison';
import type { PostedOutcome } from './posted-results';
import { hasWords, hasWordsOrPlurals, hasWordStart, looseSource } from './word-list';

/** Measures of effect of a registry card (3.1.7 item 5). */
export type Metric = 'HR' | 'OR' | 'RR' | 'RD' | 'MD' | 'Other';
export type Direction = 'lower_is_better' | 'higher_is_better';

const hasLog = hasWords(['log']);
const HAZARD = /hazard|cox/;
const ODDS = new RegExp(looseSource(['odds ratio']));
const RISK = new RegExp(looseSource(['risk ratio', 'relative risk', 'rate ratio']));
const RISK_DIFFERENCE = new RegExp(looseSource(['risk difference']));
const namesShare = hasWordStart(['percent', 'proportion', 'rate']);

/** Metric of an analysis from its `paramType`. */
export function metricOf(paramType: string | null): Metric {
  const text = normaliseText(paramType ?? '');
  if (hasLog(text)) return 'Other';
  if (HAZARD.test(text) || text === 'hr') return 'HR';
  if (ODDS.test(text) || text === 'or') return 'OR';
  if (RISK.test(text) || text === 'rr') return 'RR';
  if (RISK_DIFFERENCE.test(text)) return 'RD';
  if (!text.includes('difference')) return 'Other';
  return namesShare(text) ? 'RD' : 'MD';
}

const EVENT_CLASSES: readonly EndpointClass[] = ['os', 'pfs', 'dfs', 'ttp', 'mace'];
const isDesirable = hasWordsOrPlurals([
  'response',
  'responder',
  'remission',
  'improvement',
  'recovery',
  'cure',
  'clearance',
  'healing',
  'success',
  'seroconversion',
  'titer',
  'titre',
  'fev1',
  '6mwt',
]);
const isUndesirable = hasWordsOrPlurals([
  'death',
  'mortality',
  'progression',
  'relapse',
  'recurrence',
  'exacerbation',
  'failure',
  'event',
  'pain',
  'hba1c',
  'ldl',
  'blood pressure',
  'viral load',
  'infection',
]);

/** Which way the outcome is better; null when its words say both or nothing. */
export function directionOf(outcome: PostedOutcome, metric: Metric): Direction | null {
  const classes = endpointClasses(outcome.title);
  if (metric === 'HR' && EVENT_CLASSES.some((name) => classes.has(name))) return 'lower_is_better';
  const desirable = isDesirable(outcome.title);
  if (desirable === isUndesirable(outcome.title)) return null;
  return desirable ? 'higher_is_better' : 'lower_is_better';
}

const RATIOS: ReadonlySet<Metric> = new Set(['HR', 'OR', 'RR']);

/** The estimate on its metric; null where it is not treatment over control, or no possible value. */
export function estimateOf({ analysis, treatmentFirst }: Comparison): number | null {
  const metric = metricOf(analysis.paramType);
  const value = analysis.paramValue;
  if (metric === 'Other' || !treatmentFirst || value === null) return null;
  return RATIOS.has(metric) && value <= 0 ? null : value;
}
