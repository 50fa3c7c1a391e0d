import type { Counter, Histogram, HistogramDefinition, MetricDefinition, Metrics } from '../../contract/metrics.ts';

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
  const routes = new Map<string, RouteTally>();
  return {
    answered(route, code, lasted) {
      let tally = routes.get(route);
      if (tally === undefined) {
        tally = { codes: new Map(), duration: duration.of({ service, route }) };
        routes.set(route, tally);
      }
      // What a program gives for one may be any three digits.
      const known = code >= 100 && code <= 599 ? code : 0;
      let counter = tally.codes.get(known);
      if (counter === undefined) {
        counter = total.of({ service, route, code: known === 0 ? 'other' : String(known) });
        tally.codes.set(known, counter);
      }
      counter.increase();
      tally.duration.observe(lasted);
    },
  };
}

interface RouteTally {
  readonly codes: Map<number, ReturnType<Counter['of']>>;
  readonly duration: ReturnType<Histogram['of']>;
}
