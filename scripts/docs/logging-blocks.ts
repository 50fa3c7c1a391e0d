import { events } from '../../src/logging/events.ts';
import { metrics, type MetricDefinition } from '../../src/logging/metrics.ts';
import type { Blocks } from './fill-blocks.ts';
import { table } from './markdown.ts';

/** The catalogue of events, and the metrics. */
export function loggingBlocks(): Blocks {
  const eventRows = Object.entries(events).map(([name, { severity, about }]) => [`\`${name}\``, severity, about]);
  const metricRows = Object.values<MetricDefinition>(metrics).map(({ name, help, labelNames = [] }) => [
    `\`${name}\``,
    labelNames.map((label) => `\`${label}\``).join(', '),
    help,
  ]);
  return {
    events: table(['Event', 'Severity', 'When'], eventRows),
    metrics: table(['Metric', 'Labels', 'Meaning'], metricRows),
  };
}
