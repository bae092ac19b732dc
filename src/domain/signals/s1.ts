import { isJsonObject, type Json, type JsonArray, type JsonObject } from '../json';
import type { Parameters } from '../parameters/types';
import { formatDay, MS_PER_DAY, parseInstant } from '../time/calendar';
import { clear, fired, unknown } from './result';
import { CHANGE_KINDS } from './s1/changes';
import { pairsOf, trialDates, type FiredPair, type Pair, type UnknownPair } from './s1/pairs';
import { byCapture, viewVersion, type LeftOut, type VersionView } from './s1/version';
import type { EvidenceItem, MissingInput, SignalResult } from './types';

/** Characters of an endpoint text that evidence may quote (section 5). */
const QUOTE_LENGTH = 300;

/**
 * S1: was the primary endpoint changed, materially and late?
 *
 * @param versions the trial's registry versions (3.3) in any order; raw JSON, nothing is trusted
 * @param trial start_date and lpr_date (partial dates) where a version has none of its own;
 *   lpr_source `status_inferred` counts only if the parameter set accepts it
 * @returns fired H (within `s1.late_days` of primary completion, or after it) or M (after the
 *   start); `value` is always null, what changed is in `meta`
 * @remarks Words, not meaning: on human ratings of 835 transitions about 0.80 of the flagged
 *   ones were rated major and about 0.58 of the major ones were flagged (5.1)
 * @see domain specification 5.1; Chan et al. 2004, JAMA 291:2457; Mathieu et al. 2009,
 *   JAMA 302:977
 */
export function s1(
  versions: Json | undefined,
  trial: JsonObject,
  parameters: Parameters,
): SignalResult {
  if (!Array.isArray(versions) || versions.length === 0) return withoutVersions(versions);
  const list: JsonArray = versions;
  if (list.length === 1 && isJsonObject(list[0])) return singleVersion();
  const views = list.map(viewVersion);
  const placed = views.filter(isPlaced).sort(byCapture);
  const leftOut = views.filter((view): view is LeftOut => !isPlaced(view));
  const pairs = pairsOf(placed, trialDates(trial, parameters.acceptInferredLpr), parameters);
  return joined(pairs, leftOut, list.length);
}

function withoutVersions(versions: Json | undefined): SignalResult {
  const isMissing = versions === undefined || versions === null || Array.isArray(versions);
  const problem = isMissing ? 'missing' : 'invalid';
  const reason = 'No registry versions of the trial are known.';
  const finding = { rule: 'no_versions', reason, meta: { versions: 0, post_lpr: null } };
  return unknown('S1', [{ pointer: '/trial_versions', problem }], finding);
}

/** Also without a usable capture time: there is nothing to compare. */
function singleVersion(): SignalResult {
  const reason = 'Only one registry version is known, so there is no change to judge.';
  const meta = { versions: 1, post_lpr: null };
  return clear('S1', null, { rule: 'single_version', reason, meta });
}

function joined(
  pairs: readonly Pair[],
  leftOut: readonly LeftOut[],
  versions: number,
): SignalResult {
  const late = pairs.filter((pair): pair is FiredPair => pair.state === 'fired');
  if (late.length > 0) return firedBy(late, versions);
  const open = pairs.filter((pair): pair is UnknownPair => pair.state === 'unknown');
  if (open.length > 0 || leftOut.length > 0) return unknownBy(open, leftOut, versions);
  const isLateOnly = pairs.some((pair) => pair.state === 'clear' && pair.step === 'not_late');
  const reason = isLateOnly
    ? `The primary endpoint changed materially over ${versions} registry versions, but not late.`
    : `The primary endpoint did not change materially over ${versions} registry versions.`;
  return clear('S1', null, {
    rule: isLateOnly ? 'not_late' : 'unchanged',
    reason,
    evidence: evidenceOf(pairs),
    meta: { versions, post_lpr: null },
  });
}

function firedBy(late: readonly FiredPair[], versions: number): SignalResult {
  const severity = late.some((pair) => pair.severity === 'H') ? 'H' : 'M';
  const postLpr = anyPostLpr(late);
  return fired('S1', severity, null, {
    rule: severity === 'H' ? 'late_high' : 'late_mid',
    reason: lateReason(late, postLpr),
    evidence: evidenceOf(late),
    meta: { versions, late_pairs: late.map(pairMeta), post_lpr: postLpr },
  });
}

/** True if some late change came after the LPR, false if none did, null if that is not known. */
function anyPostLpr(late: readonly FiredPair[]): boolean | null {
  if (late.some((pair) => pair.postLpr === true)) return true;
  return late.some((pair) => pair.postLpr === null) ? null : false;
}

const UNKNOWN_REASONS: Readonly<Record<UnknownPair['step'] | 'no_capture_time', string>> = {
  no_capture_time: 'A registry version has no usable capture time.',
  unreadable: 'The primary endpoint of a registry version is not readable.',
  too_many: 'A registry version has too many primary outcomes to be compared.',
  undated: 'The primary endpoint changed, but neither start nor primary completion is known.',
};

function unknownBy(
  open: readonly UnknownPair[],
  leftOut: readonly LeftOut[],
  versions: number,
): SignalResult {
  const rule = leftOut.length > 0 ? 'no_capture_time' : (open[0]?.step ?? 'unreadable');
  const missing = new Map<string, MissingInput>();
  for (const input of leftOut) missing.set(input.missing.pointer, input.missing);
  for (const input of open.flatMap((pair) => pair.missing)) missing.set(input.pointer, input);
  const meta = { versions, post_lpr: null };
  return unknown('S1', [...missing.values()], { rule, reason: UNKNOWN_REASONS[rule], meta });
}

function lateReason(late: readonly FiredPair[], postLpr: boolean | null): string {
  const [first] = late;
  if (first === undefined) throw new TypeError('a late change has at least one pair');
  const count = `${late.length} late material change${late.length === 1 ? '' : 's'}`;
  const from = `${first.older.refId} (${captureDate(first.older)})`;
  const to = `${first.newer.refId} (${captureDate(first.newer)})`;
  const after = postLpr === true ? ', after the last patient was randomised' : '';
  const changes = changesText(first);
  return `${count} of the primary endpoint; first from version ${from} to version ${to}: ${changes}, ${daysText(first.days)}${after}.`;
}

function changesText({ changes }: FiredPair): string {
  return CHANGE_KINDS.filter((kind) => changes[kind] > 0)
    .map((kind) => `${kind.replaceAll('_', ' ')} ${changes[kind]}`)
    .join(', ');
}

function daysText(days: number | null): string {
  if (days === null) return 'primary completion date not known';
  return days >= 0
    ? `${days} days before primary completion`
    : `${-days} days after primary completion`;
}

function pairMeta(pair: FiredPair): JsonObject {
  return {
    older: pair.older.refId,
    newer: pair.newer.refId,
    captured_on: captureDate(pair.newer),
    severity: pair.severity,
    days_to_completion: pair.days,
    post_lpr: pair.postLpr,
    changes: { ...pair.changes },
  };
}

/** The versions of the pairs in order, none twice. */
function evidenceOf(pairs: readonly Pair[]): readonly EvidenceItem[] {
  const versions = new Set(pairs.flatMap(({ older, newer }) => [older, newer]));
  return [...versions].map(evidenceItem);
}

function evidenceItem(version: VersionView): EvidenceItem {
  const published = version.raw['published_at'];
  const isTyped = version.raw['primary_endpoint_text'] === undefined;
  return {
    kind: 'trial_version',
    ref_id: version.refId,
    ref_sha256: version.contentSha256,
    pointer: isTyped ? '/primary_outcomes' : '/primary_endpoint_text',
    quote: (version.text.value ?? '').slice(0, QUOTE_LENGTH).toWellFormed(),
    published_at:
      typeof published === 'string' && parseInstant(published) !== null ? published : null,
  };
}

const captureDate = (version: VersionView): string =>
  formatDay(Math.floor(version.capturedMs / MS_PER_DAY));

const isPlaced = (view: VersionView | LeftOut): view is VersionView => 'capturedMs' in view;
