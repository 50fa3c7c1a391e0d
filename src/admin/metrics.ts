import { Registry } from '@prometheus-io/client';

/** What the master answers to `ask('metrics')`. */
export interface MetricsReport {
  /** One `getMetricsAsJSON()` of @prometheus-io/client for each worker and for the master. */
  readonly snapshots: readonly (readonly MetricSnapshot[])[];
  /** The master's own process; null is what cannot be known here. */
  readonly process: ProcessReport;
}

export interface ProcessReport {
  readonly cpuSeconds: number | null;
  readonly rssBytes: number | null;
  readonly openFds: number | null;
  readonly startTimeSeconds: number | null;
}

export interface MetricSnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** How values of several processes become one: "sum" unless it says otherwise. */
  readonly aggregator?: string;
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly metricName?: string;
  }[];
}

/** Prometheus' text format 0.0.4, summed over the processes. */
export async function renderMetrics(report: MetricsReport): Promise<string> {
  return Registry.aggregate([...report.snapshots, processMetrics(report.process)]).metrics();
}

function processMetrics(report: ProcessReport): MetricSnapshot[] {
  const known: [string, string, string, number | null][] = [
    ['process_cpu_seconds_total', 'counter', 'User and system CPU time of the master in seconds.', report.cpuSeconds],
    ['process_resident_memory_bytes', 'gauge', 'Resident memory of the master in bytes.', report.rssBytes],
    ['process_open_fds', 'gauge', 'Open file descriptors of the master.', report.openFds],
    ['process_start_time_seconds', 'gauge', 'When the master started, in Unix time.', report.startTimeSeconds],
  ];
  return known.flatMap(([name, type, help, value]) =>
    value === null ? [] : [{ name, type, help, aggregator: 'first', values: [{ value, labels: {} }] }],
  );
}
