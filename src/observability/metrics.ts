import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type MetricDefinition } from './metric-definitions';

type Definitions = typeof METRICS;
type LabelOf<D> = D extends { readonly labels: readonly (infer L extends string)[] } ? L : never;
type MetricOf<D> = D extends { readonly kind: 'counter' }
  ? Counter<LabelOf<D>>
  : D extends { readonly kind: 'histogram' }
    ? Histogram<LabelOf<D>>
    : Gauge<LabelOf<D>>;
type GaugeKey = {
  [K in keyof Definitions]: Definitions[K] extends { readonly kind: 'gauge' } ? K : never;
}[keyof Definitions];

/** What this process tells of its own work; Temporal's exporter tells the rest. */
export type Metrics = { readonly [K in keyof Definitions]: MetricOf<Definitions[K]> } & {
  readonly registry: Registry;
};

/** A registry of its own, so that several workers in one process do not meet. */
export function createMetrics(options: { readonly processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.processMetrics ?? false) collectDefaultMetrics({ register: registry });
  const made = Object.entries(METRICS).map(([key, definition]) => [
    key,
    metricOf(definition, registry),
  ]);
  return { ...(Object.fromEntries(made) as Metrics), registry };
}

function metricOf(definition: MetricDefinition, registry: Registry) {
  const { name, help, kind, labels, known, buckets } = definition;
  const base = { name, help, labelNames: [...labels], registers: [registry] };
  if (kind === 'histogram') {
    const histogram = new Histogram({ ...base, buckets: [...(buckets ?? [])] });
    for (const values of combinations(known)) histogram.zero(values);
    return histogram;
  }
  const metric = kind === 'gauge' ? new Gauge(base) : new Counter(base);
  // A gauge that nobody has set says nothing.
  if (kind === 'gauge') metric.remove({});
  for (const values of combinations(known)) metric.inc(values, 0);
  return metric;
}

/** All label sets that the known values of each label make. */
function combinations(
  known: Readonly<Record<string, readonly string[]>> = {},
): readonly Record<string, string>[] {
  let sets: readonly Record<string, string>[] = [{}];
  for (const [label, values] of Object.entries(known)) {
    sets = sets.flatMap((one) => values.map((value) => ({ ...one, [label]: value })));
  }
  return Object.keys(known).length === 0 ? [] : sets;
}

/** Values of gauges: labels, then the number. */
export type Readings = Readonly<
  Partial<Record<GaugeKey, readonly (readonly [Readonly<Record<string, string>>, number])[]>>
>;

/** Gauges that are read anew for each scrape, because others change them too. */
export interface Source {
  readonly name: string;
  /** All gauges that it tells of; left out while it cannot be read, for old numbers would lie. */
  readonly gauges: readonly GaugeKey[];
  read(): Promise<Readings>;
  /** Told once per failed reading. */
  failed(error: unknown): void;
}

/** Below Prometheus' own patience of 10 s: a hanging database must not cost the other metrics. */
const READ_MS = 3_000;

/** The page of all metrics, read from its sources as it is asked for. */
export class MetricsPage {
  readonly contentType: string;
  readonly #reading = new Map<string, Promise<Readings>>();

  constructor(
    private readonly metrics: Metrics,
    private readonly sources: readonly Source[] = [],
    private readonly patienceMs: number = READ_MS,
  ) {
    this.contentType = metrics.registry.contentType;
  }

  async text(): Promise<string> {
    await Promise.all(this.sources.map((source) => this.#refresh(source)));
    return this.metrics.registry.metrics();
  }

  async #refresh(source: Source): Promise<void> {
    const { metrics } = this;
    try {
      const readings = await this.#bounded(source);
      for (const key of source.gauges) set(metrics, key, readings[key] ?? []);
      metrics.sourceUp.set({ source: source.name }, 1);
    } catch (error) {
      for (const key of source.gauges) clear(metrics[key]);
      metrics.sourceUp.set({ source: source.name }, 0);
      source.failed(error);
    }
  }

  /** A reading that hangs is waited for again by the next scrape, and not begun twice. */
  async #bounded(source: Source): Promise<Readings> {
    const reading = this.#reading.get(source.name) ?? this.#begin(source);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const message = `${source.name} was not read within ${this.patienceMs} ms`;
      timer = setTimeout(() => reject(new Error(message)), this.patienceMs);
    });
    try {
      return await Promise.race([reading, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #begin(source: Source): Promise<Readings> {
    const reading = source.read();
    this.#reading.set(source.name, reading);
    void reading.catch(() => undefined).finally(() => this.#reading.delete(source.name));
    return reading;
  }
}

/** `reset` alone would leave a gauge without labels at 0. */
function clear(gauge: Gauge): void {
  gauge.reset();
  gauge.remove({});
}

function set(metrics: Metrics, key: GaugeKey, values: NonNullable<Readings[GaugeKey]>): void {
  const gauge: Gauge = metrics[key];
  clear(gauge);
  const { known }: MetricDefinition = METRICS[key];
  for (const labels of combinations(known)) gauge.set(labels, 0);
  for (const [labels, value] of values) gauge.set(labels, value);
}
