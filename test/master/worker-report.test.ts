import t from 'tap';

import { maxValues, readWorkerReport } from '../../src/master/worker-report.ts';

const value = { value: 1, labels: { service: 'echo', le: 0.5 }, metricName: 'portico_session_seconds_bucket' };
const metric = { name: 'portico_session_seconds', help: '', type: 'histogram', aggregator: 'sum', values: [value] };
const report = (change: object = {}) => ({ snapshot: [{ ...metric, ...change }], sessions: 1, rss: 1000 });
const withValue = (change: object) => report({ values: [value, { ...value, ...change }] });

t.test('takes what a worker counts', async (t) => {
  t.same(readWorkerReport(report()), report());
});

t.test('no report of another shape is added up: it would end every sum that it is in', async (t) => {
  for (const [what, wrong] of [
    ['nothing', null],
    ['a list', []],
    ['no metrics', { ...report(), snapshot: null }],
    ['an empty metric', { ...report(), snapshot: [null] }],
    ['a count of sessions', { ...report(), sessions: '1' }],
    ['a name', report({ name: { toString: null } })],
    ['a type', report({ type: 'summary' })],
    ['an aggregator', report({ aggregator: 'median' })],
    ['values', report({ values: {} })],
    ['a value', withValue({ value: '1' })],
    ['labels', withValue({ labels: null })],
    ['labels in a list', withValue({ labels: [] })],
    ['a label', withValue({ labels: { service: {} } })],
    ['a name of a histogram', withValue({ metricName: 1 })],
  ] as const)
    t.equal(readWorkerReport(wrong), null, what);
});

t.test('takes up to 50,000 values', async (t) => {
  const values = (count: number) => report({ values: Array.from({ length: count }, () => value) });
  t.not(readWorkerReport(values(maxValues)), null);
  t.equal(readWorkerReport(values(maxValues + 1)), null);
});
