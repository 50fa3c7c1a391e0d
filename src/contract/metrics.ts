/** What a metric is called, what it means, and by which labels it is told apart. */
export interface MetricDefinition {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

export interface HistogramDefinition extends MetricDefinition {
  /** Upper bounds, rising. */
  readonly buckets: readonly number[];
}

export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  increase(labels?: Labels, by?: number): void;
  /** For labels that come again and again: looked up once. */
  of(labels: Labels): { increase(by?: number): void };
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
  /** For labels that come again and again: looked up once. */
  of(labels: Labels): { observe(value: number): void };
}

/** Figures that a service makes for itself. Asking twice with one definition, the very same object, gives the same metric. */
export interface Metrics {
  counter(definition: MetricDefinition): Counter;
  histogram(definition: HistogramDefinition): Histogram;
}
