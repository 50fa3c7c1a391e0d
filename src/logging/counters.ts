import type { Counter, Histogram, HistogramDefinition, MetricDefinition } from '../contract/metrics.ts';
import {
  createCounter,
  createGauge,
  createHistogram,
  type Gauge,
  type GaugeDefinition,
  type Reading,
} from './metric-store.ts';
import { createServiceTally, readTallies, type ServiceTally, type Tally } from './service-tally.ts';
import type { Snapshot } from './snapshot.ts';

/** What one process counts. The text for a scrape is made elsewhere, from the snapshots of all processes. */
export interface Counters {
  /** The same tally for the same name; from then on the service is in every snapshot. */
  service(name: string): ServiceTally;
  /** A metric of that name is made once; asking again gives the same one. */
  counter(definition: MetricDefinition): Counter;
  gauge(definition: GaugeDefinition): Gauge;
  histogram(definition: HistogramDefinition): Histogram;
  snapshot(): Snapshot;
}

export function createCounters(): Counters {
  const tallies = new Map<string, Tally>();
  const own = new Map<string, Reading>();
  return {
    service(name) {
      const known = tallies.get(name);
      if (known !== undefined) return known;
      const tally = createServiceTally();
      tallies.set(name, tally);
      return tally;
    },
    counter: (definition) => once(own, definition, createCounter),
    gauge: (definition) => once(own, definition, createGauge),
    histogram: (definition) => once(own, definition, createHistogram),
    snapshot: () => [
      ...(tallies.size === 0 ? [] : readTallies(tallies)),
      ...[...own.values()].map((reading) => reading.read()),
    ],
  };
}

const validName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function once<Definition extends MetricDefinition, Metric extends Reading>(
  own: Map<string, Reading>,
  definition: Definition,
  create: (definition: Definition) => Metric,
): Metric {
  const known = own.get(definition.name);
  // Two modules that mean different things by one name would corrupt each other's figures.
  if (known !== undefined) {
    if (known.definition !== definition) throw new Error(`there is already a metric named ${definition.name}`);
    return known as Metric;
  }
  for (const name of [definition.name, ...(definition.labelNames ?? [])]) {
    if (!validName.test(name))
      throw new Error(`expected letters, digits and "_" in the name of a metric or label, got "${name}"`);
  }
  const made = create(definition);
  own.set(definition.name, made);
  return made;
}
