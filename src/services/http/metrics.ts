import type { HistogramDefinition, MetricDefinition, Metrics } from '../../contract/metrics.ts';

const requests: MetricDefinition = {
  name: 'portico_http_requests_total',
  help: 'Requests answered, by the route and the status code; 499: the peer left before.',
  labelNames: ['service', 'route', 'code'],
};

const seconds: HistogramDefinition = {
  name: 'portico_http_request_seconds',
  help: 'From a whole header to the end of its answer.',
  labelNames: ['service', 'route'],
  buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60],
};

export interface RequestTally {
  /** `route` is a prefix as configured, or "" for what no route is for: nothing that a peer could make up. */
  answered(route: string, code: number, seconds: number): void;
}

export function createRequestTally(metrics: Metrics, service: string): RequestTally {
  const total = metrics.counter(requests);
  const duration = metrics.histogram(seconds);
  // Three digits of a program's choice are not an endless number of codes, but more than anybody means.
  const known = (code: number): string => (code >= 100 && code <= 599 ? String(code) : 'other');
  return {
    answered(route, code, lasted) {
      total.increase({ service, route, code: known(code) });
      duration.observe(lasted, { service, route });
    },
  };
}
