import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import t from 'tap';

import { renderMetrics, type MetricSnapshot } from '../../src/admin/metrics.ts';

const unknown = { cpuSeconds: null, rssBytes: null, openFds: null, startTimeSeconds: null };

t.test('sums counters and histograms of workers, takes the first of what is the same everywhere', async (t) => {
  const snapshots = await Promise.all([worker(1), worker(2)]);
  const text = await renderMetrics({ snapshots, process: unknown });
  t.same(
    text.split('\n').filter((line) => line !== '' && !line.startsWith('#')),
    [
      'portico_bytes_total{service="echo",direction="in"} 3',
      'portico_config_generation 7',
      'portico_session_seconds_bucket{le="0.1",service="echo"} 0',
      'portico_session_seconds_bucket{le="2",service="echo"} 2',
      'portico_session_seconds_bucket{le="+Inf",service="echo"} 2',
      'portico_session_seconds_sum{service="echo"} 3',
      'portico_session_seconds_count{service="echo"} 2',
    ],
  );
});

t.test('leaves out what is not known of the process', async (t) => {
  t.notMatch(await renderMetrics({ snapshots: [], process: unknown }), 'process_');
  const text = await renderMetrics({ snapshots: [], process: { ...unknown, openFds: 12 } });
  t.equal(
    text,
    '# HELP process_open_fds Open file descriptors of the master.\n# TYPE process_open_fds gauge\nprocess_open_fds 12\n',
  );
});

/** What a worker sends, after its way through JSON. */
async function worker(number: number): Promise<MetricSnapshot[]> {
  const registers = [new Registry()];
  const bytes = new Counter({
    name: 'portico_bytes_total',
    help: 'Bytes.',
    labelNames: ['service', 'direction'],
    registers,
  });
  bytes.inc({ service: 'echo', direction: 'in' }, number);
  new Gauge({ name: 'portico_config_generation', help: 'Generation.', aggregator: 'first', registers }).set(7);
  const seconds = new Histogram({
    name: 'portico_session_seconds',
    help: 'Duration.',
    labelNames: ['service'],
    buckets: [0.1, 2],
    registers,
  });
  seconds.observe({ service: 'echo' }, number);
  return JSON.parse(JSON.stringify(await registers[0]?.getMetricsAsJSON())) as MetricSnapshot[];
}
