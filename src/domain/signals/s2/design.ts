import {
  aBoolean,
  aNumberThat,
  aRatio,
  aText,
  anInnerFraction,
  anInteger,
  isMissing,
  readField,
  type Field,
  type Parse,
} from '../../cards/fields';
import type { JsonObject } from '../../json';
import type { Parameters } from '../../parameters/types';
import { Needs } from '../needs';

const MAX_ARM = 100_000;
const MAX_TOTAL = 1_000_000;
const MAX_EVENTS = Number.MAX_SAFE_INTEGER;

const aNonZero = aNumberThat((value) => value !== 0);
const aDelta = aNumberThat((value) => value > -1 && value < 1 && value !== 0);

/**
 * The design inputs of S2 as it reads them: takes values, remembers which fields were read, which
 * defaults were used and what was missing.
 */
export class DesignReader {
  readonly needs = new Needs();
  readonly read: Field<unknown>[] = [];
  readonly defaulted: string[] = [];
  lowCertainty = false;

  constructor(
    private readonly body: JsonObject,
    readonly parameters: Parameters,
  ) {}

  /** A named default was used; only some of them make the result less certain. */
  assume(name: string, lowersCertainty: boolean): void {
    this.defaulted.push(name);
    this.lowCertainty ||= lowersCertainty;
  }

  isPivotal = () => this.field('/is_pivotal', aBoolean);
  primaryType = () => this.field('/primary_type', aText);
  hazardRatio = () =>
    this.field(
      '/analysis_plan/hr_alt',
      aNumberThat((value) => value > 0 && value !== 1),
    );
  meanDifference = () => this.field('/analysis_plan/assumed_mean_diff', aNonZero);
  deviation = () => this.field('/analysis_plan/assumed_sd', aRatio);
  plannedDelta = () => this.field('/analysis_plan/assumed_delta_abs', aDelta);
  smallestDelta = () => this.field('/mcid_abs', aDelta);
  plannedControlRate = () => this.field('/analysis_plan/assumed_p_c', anInnerFraction);
  historicalControlRate = () => this.field('/historical_control_rate', anInnerFraction);
  alpha = () => this.field('/analysis_plan/alpha', anInnerFraction);
  oneSided = () => this.field('/analysis_plan/one_sided', aBoolean);
  twoSided = () => this.field('/analysis_plan/two_sided', aBoolean);
  plannedEvents = () => this.field('/analysis_plan/planned_events', anInteger(0, MAX_EVENTS));
  observedEvents = () => this.field('/events_observed', anInteger(0, MAX_EVENTS));
  total = () => this.field('/N_total', anInteger(1, MAX_TOTAL));

  /** Participants of both arms; sizes that were derived from the enrolment lower the certainty. */
  armSizes(): { readonly treated: number; readonly controls: number } | null {
    const treated = this.needs.take(this.field('/arms/t/n', anInteger(1, MAX_ARM)));
    const controls = this.needs.take(this.field('/arms/c/n', anInteger(1, MAX_ARM)));
    if (treated === null || controls === null) return null;
    if (this.armsWereDerived()) this.assume('arms.n', true);
    return { treated, controls };
  }

  /** n_t/n_c as planned, else as randomised. */
  allocationRatio(): number | null {
    const planned = this.field('/analysis_plan/alloc_ratio', aRatio);
    if (!isMissing(planned)) return this.needs.take(planned);
    const arms = this.armSizes();
    return arms === null ? null : arms.treated / arms.controls;
  }

  private field<T>(pointer: string, parse: Parse<T>): Field<T> {
    const field = readField(this.body, pointer, parse);
    this.read.push(field);
    return field;
  }

  private armsWereDerived(): boolean {
    const defaults = this.body.defaulted_inputs;
    return Array.isArray(defaults) && defaults.includes('arms.n');
  }
}
