import { isMissing, type Field } from '../../cards/fields';
import type { DesignReader } from './design';
import { powerOfHazards, powerOfMeans, powerOfProportions } from './power';
import { significanceOf, type Significance } from './significance';

/** Power of the design with the inputs that gave it, as text. */
export interface DesignPower {
  /** In [0, 1]. */
  readonly power: number;
  readonly test: Significance;
  readonly inputs: string;
}

/** Power of a trial by type of its primary endpoint; null when an input is missing or invalid. */
export type EndpointPower = (design: DesignReader) => DesignPower | null;

/** The supported values of `primary_type`. */
export const ENDPOINT_POWERS: ReadonlyMap<string, EndpointPower> = new Map([
  ['proportion', proportion],
  ['tte', timeToEvent],
  ['continuous', continuous],
]);

function proportion(design: DesignReader): DesignPower | null {
  const test = significanceOf(design, true);
  const controlRate = design.needs.take(
    firstGiven(design.plannedControlRate(), () => design.historicalControlRate()),
  );
  const delta = deltaOf(design);
  const arms = design.armSizes();
  if (test === null || controlRate === null || delta === null || arms === null) return null;
  const treatedRate = controlRate + delta.value;
  if (!(treatedRate > 0 && treatedRate < 1)) {
    design.needs.note({ pointer: delta.pointer, problem: 'invalid' });
    return null;
  }
  const rates = { delta: delta.value, controlRate, treatedRate };
  const inputs = `a difference of ${delta.value.toFixed(3)} on a control rate of ${controlRate.toFixed(3)} with ${arms.treated} and ${arms.controls} participants`;
  return { power: powerOfProportions({ ...rates, ...arms }, test.z), test, inputs };
}

/** The assumed difference, else the smallest relevant one, else the default of the set. */
function deltaOf(
  design: DesignReader,
): { readonly value: number; readonly pointer: string } | null {
  const planned = design.plannedDelta();
  if (!isMissing(planned)) return taken(design, planned);
  const smallest = design.smallestDelta();
  if (!isMissing(smallest)) {
    design.assume('analysis_plan.assumed_delta_abs', true);
    return taken(design, smallest);
  }
  design.assume('mcid_abs', true);
  return { value: design.parameters.value['s2.default_delta'], pointer: planned.pointer };
}

function taken(design: DesignReader, field: Field<number>) {
  const value = design.needs.take(field);
  return value === null ? null : { value, pointer: field.pointer };
}

function timeToEvent(design: DesignReader): DesignPower | null {
  const test = significanceOf(design, false);
  const hazardRatio = design.needs.take(design.hazardRatio());
  const events = eventsOf(design);
  const ratio = design.allocationRatio();
  if (test === null || hazardRatio === null || events === null || ratio === null) return null;
  const inputs = `a hazard ratio of ${hazardRatio.toFixed(2)} with ${events} events and allocation ratio ${ratio.toFixed(2)}`;
  return { power: powerOfHazards({ hazardRatio, events, ratio }, test.z), test, inputs };
}

/** Planned, else observed events (0 counts as not given), else a share of all participants. */
function eventsOf(design: DesignReader): number | null {
  for (const field of [design.plannedEvents(), design.observedEvents()]) {
    if (field.kind === 'invalid') return design.needs.take(field);
    if (field.kind === 'known' && field.value > 0) return field.value;
  }
  const total = design.needs.take(design.total());
  if (total === null) return null;
  const events = Math.floor(design.parameters.value['s2.event_share'] * total);
  if (events === 0) {
    design.needs.note({ pointer: '/N_total', problem: 'invalid' });
    return null;
  }
  design.assume('analysis_plan.planned_events', true);
  return events;
}

function continuous(design: DesignReader): DesignPower | null {
  const test = significanceOf(design, false);
  const difference = design.needs.take(design.meanDifference());
  const deviation = design.needs.take(design.deviation());
  const arms = design.armSizes();
  if (test === null || difference === null || deviation === null || arms === null) return null;
  const inputs = `a difference of ${difference.toFixed(3)} with standard deviation ${deviation.toFixed(3)} and ${arms.treated} and ${arms.controls} participants`;
  return { power: powerOfMeans({ difference, deviation, ...arms }, test.z), test, inputs };
}

/** The first field unless it is missing; an invalid one is not replaced. */
const firstGiven = <T>(first: Field<T>, second: () => Field<T>): Field<T> =>
  isMissing(first) ? second() : first;
