import type { CardProblem, Check } from '../cards/problem';
import * as check from '../cards/checks';
import { DIRECTIONS, METRICS } from '../signals/effect-direction';
import { checkMembers, type Findings } from '../cards/check-shape';
import { contradictionsIn } from '../cards/contradictions';
import { BODY, ENVELOPE, type Members, type Shape } from '../cards/schema';
import type { JsonObject } from '../json';
import { phaseOfText } from '../registry/phase';
import { AREAS } from '../vocabulary';

/** A bad field of a bundle; the bundle is evaluated all the same (3.5). */
export type InputIssue = CardProblem;

const field = (of: Check): Shape => ({ kind: 'value', check: of, isRequired: false });
const object = (members: Members): Shape => ({ kind: 'object', members });

const phase: Check = (value) => {
  if (typeof value !== 'string') return { code: 'wrong_type', message: 'must be text' };
  return phaseOfText(value) === null ? { code: 'bad_enum', message: 'is no phase' } : null;
};

/** A card in a bundle needs no envelope, but what it has of one must be right. */
const CARD: Members = {
  ...BODY,
  ...Object.fromEntries(
    Object.entries(ENVELOPE).map(([key, shape]) => [key, { ...shape, isRequired: false } as Shape]),
  ),
};

const BUNDLE: Members = {
  id: field(check.studyId),
  trial: object({
    nct_id: field(check.form(/^NCT\d{8}$/, 'NCT and 8 digits')),
    is_pivotal: field(check.boolean),
    indication: field(check.text()),
    phase: field(phase),
    area: field(check.word(AREAS)),
    sponsor_class: field(check.word(['industry', 'non-industry'])),
    rare: field(check.boolean),
    start_date: field(check.partialDate),
    lpr_date: field(check.partialDate),
    blinding_feasible: field(check.boolean),
  }),
  card: object(CARD),
  trial_versions: {
    kind: 'list',
    item: object({
      captured_at: field(check.instant),
      published_at: field(check.instant),
      primary_endpoint_text: field(check.text()),
      est_primary_completion_date: field(check.partialDate),
      start_date: field(check.partialDate),
      lpr_date: field(check.partialDate),
    }),
  },
  class_meta: object({
    graveyard: field(check.boolean),
    winners_pctl: object({ p75: field(check.number()), p90: field(check.number()) }),
    metric: field(check.word(METRICS)),
    direction: field(check.word(DIRECTIONS)),
    n_winners: field(check.integer(0, Number.MAX_SAFE_INTEGER)),
  }),
  program_pvals: { kind: 'list', item: field(check.fraction) },
  rct_required: field(check.boolean),
};

/** Every field of a bundle that cannot be read as section 3 says, with its pointer. */
export function bundleIssues(bundle: JsonObject): readonly InputIssue[] {
  const findings: Findings = { problems: [], warnings: [] };
  checkMembers(bundle, BUNDLE, '', findings);
  const { card } = bundle;
  if (typeof card !== 'object' || card === null || Array.isArray(card)) {
    const missing = { pointer: '/card', code: 'missing_required', message: 'is required' } as const;
    return card === undefined || card === null
      ? [...findings.problems, missing]
      : findings.problems;
  }
  const clashes = contradictionsIn(card as JsonObject).map((problem) => ({
    ...problem,
    pointer: `/card${problem.pointer}`,
  }));
  return [...findings.problems, ...clashes];
}
