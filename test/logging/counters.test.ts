import t from 'tap';
import { AggregatorRegistry } from '@prometheus-io/client';

import { createCounters } from '../../src/logging/counters.ts';
import type { Snapshot } from '../../src/logging/snapshot.ts';

/** The text of a scrape, as the real client makes it from what the processes report. */
async function scrape(...snapshots: readonly Snapshot[]): Promise<readonly string[]> {
  const registry = AggregatorRegistry.aggregate(JSON.parse(JSON.stringify(snapshots)) as object[]);
  return (await registry.metrics()).split('\n').filter((line) => line !== '');
}

t.test('a service has all its series from the start', async (t) => {
  const counters = createCounters();
  counters.service('echo');
  const lines = await scrape(counters.snapshot());
  const series = lines.filter((line) => !line.startsWith('#') && !line.includes('_seconds_bucket'));
  t.same(series, [
    'portico_sessions_total{service="echo"} 0',
    'portico_sessions_active{service="echo"} 0',
    'portico_sessions_refused_total{service="echo",reason="access"} 0',
    'portico_sessions_refused_total{service="echo",reason="hours"} 0',
    'portico_sessions_refused_total{service="echo",reason="connections"} 0',
    'portico_sessions_refused_total{service="echo",reason="per_source"} 0',
    'portico_sessions_refused_total{service="echo",reason="rate"} 0',
    'portico_sessions_refused_total{service="echo",reason="ban"} 0',
    'portico_sessions_refused_total{service="echo",reason="drain"} 0',
    'portico_sessions_refused_total{service="echo",reason="tls"} 0',
    'portico_session_seconds_sum{service="echo"} 0',
    'portico_session_seconds_count{service="echo"} 0',
    'portico_bytes_total{service="echo",direction="in"} 0',
    'portico_bytes_total{service="echo",direction="out"} 0',
    'portico_datagrams_total{service="echo",direction="in"} 0',
    'portico_datagrams_total{service="echo",direction="out"} 0',
    'portico_auth_total{service="echo",result="ok"} 0',
    'portico_auth_total{service="echo",result="failed"} 0',
    'portico_auth_total{service="echo",result="banned"} 0',
    'portico_tls_legacy_total{service="echo"} 0',
  ]);
  t.ok(lines.includes('# TYPE portico_sessions_active gauge'));
  t.ok(lines.includes('# TYPE portico_sessions_total counter'));
  t.ok(lines.includes('# TYPE portico_session_seconds histogram'));
});

t.test('items are a series of those who take some in', async (t) => {
  const counters = createCounters();
  counters.service('echo');
  counters.service('mail').expectItems();
  counters.service('own').itemReceived();
  const items = async (): Promise<readonly string[]> =>
    (await scrape(counters.snapshot())).filter((line) => line.startsWith('portico_items_total{'));
  t.same(await items(), ['portico_items_total{service="mail"} 0', 'portico_items_total{service="own"} 1']);
  counters.service('mail').itemReceived();
  counters.service('mail').expectItems();
  counters.service('own').expectItems();
  t.same(await items(), ['portico_items_total{service="mail"} 1', 'portico_items_total{service="own"} 1']);
});

t.test('what happens is counted, and summed over processes', async (t) => {
  const one = createCounters();
  const echo = one.service('echo');
  t.equal(one.service('echo'), echo, 'one tally for a name');
  echo.sessionStarted();
  echo.sessionStarted();
  echo.sessionEnded(0.2, 10, 20);
  echo.refused('rate');
  echo.datagram('in', 5);
  echo.datagram('out', 7);
  echo.authenticated('failed');
  echo.itemReceived();
  const two = createCounters();
  const other = two.service('echo');
  other.sessionStarted();
  other.sessionEnded(100_000, null, null);

  const lines = await scrape(one.snapshot(), two.snapshot());
  for (const line of [
    'portico_sessions_total{service="echo"} 3',
    'portico_sessions_active{service="echo"} 1',
    'portico_sessions_refused_total{service="echo",reason="rate"} 1',
    'portico_session_seconds_bucket{le="0.1",service="echo"} 0',
    'portico_session_seconds_bucket{le="0.5",service="echo"} 1',
    'portico_session_seconds_bucket{le="86400",service="echo"} 1',
    'portico_session_seconds_bucket{le="+Inf",service="echo"} 2',
    'portico_session_seconds_sum{service="echo"} 100000.2',
    'portico_session_seconds_count{service="echo"} 2',
    'portico_bytes_total{service="echo",direction="in"} 15',
    'portico_bytes_total{service="echo",direction="out"} 27',
    'portico_datagrams_total{service="echo",direction="in"} 1',
    'portico_datagrams_total{service="echo",direction="out"} 1',
    'portico_auth_total{service="echo",result="failed"} 1',
    'portico_items_total{service="echo"} 1',
  ]) {
    t.ok(lines.includes(line), line);
  }
});

t.test('metrics of a service’s own', async (t) => {
  const counters = createCounters();
  const hits = counters.counter({ name: 'quotes_total', help: 'Quotes told.', labelNames: ['author'] });
  const open = counters.gauge({ name: 'rooms', help: 'Rooms open.' });
  const sizes = counters.histogram({ name: 'line_bytes', help: 'Lengths.', labelNames: ['room'], buckets: [10, 100] });
  hits.increase({ author: 'say "hi"\n' });
  hits.increase({ author: 'b' }, 2);
  hits.increase({ author: 'b' }, -1);
  open.set(3);
  sizes.observe(10, { room: 'lobby' });
  sizes.observe(11, { room: 'lobby' });
  sizes.observe(101, { room: 'lobby' });
  t.same(await scrape(counters.snapshot()), [
    '# HELP quotes_total Quotes told.',
    '# TYPE quotes_total counter',
    'quotes_total{author="say \\"hi\\"\\n"} 1',
    'quotes_total{author="b"} 2',
    '# HELP rooms Rooms open.',
    '# TYPE rooms gauge',
    'rooms 3',
    '# HELP line_bytes Lengths.',
    '# TYPE line_bytes histogram',
    'line_bytes_bucket{le="10",room="lobby"} 1',
    'line_bytes_bucket{le="100",room="lobby"} 2',
    'line_bytes_bucket{le="+Inf",room="lobby"} 3',
    'line_bytes_sum{room="lobby"} 122',
    'line_bytes_count{room="lobby"} 3',
  ]);
});

t.test('labels that come again and again are looked up once', async (t) => {
  const counters = createCounters();
  const total = counters.counter({ name: 'again_total', help: 'Again.', labelNames: ['way'] });
  const seconds = counters.histogram({ name: 'again_seconds', help: 'Again.', labelNames: ['way'], buckets: [1] });
  const known = { total: total.of({ way: 'a' }), seconds: seconds.of({ way: 'a' }) };
  known.total.increase();
  known.total.increase(2);
  known.total.increase(-1);
  total.increase({ way: 'a' });
  known.seconds.observe(0.5);
  const lines = await scrape(counters.snapshot());
  t.ok(lines.includes('again_total{way="a"} 4'));
  t.ok(lines.includes('again_seconds_count{way="a"} 1'));
});

t.test('a gauge may be the largest of all, and may lose a label set', async (t) => {
  const gauge = (value: number): Snapshot => {
    const counters = createCounters();
    const made = counters.gauge({ name: 'expiry', help: 'x', labelNames: ['name'], aggregator: 'max' });
    made.set(value, { name: 'a' });
    made.set(1, { name: 'b' });
    made.remove({ name: 'b' });
    return counters.snapshot();
  };
  t.same((await scrape(gauge(5), gauge(7))).slice(2), ['expiry{name="a"} 7']);
});

t.test('labels are bounded in number and length', async (t) => {
  const counters = createCounters();
  const counter = counters.counter({ name: 'words_total', help: 'x', labelNames: ['word'] });
  for (let i = 0; i < 1_002; i += 1) counter.increase({ word: `w${i}` });
  counter.increase({ word: 'w0' });
  const { values } = counters.snapshot()[0]!;
  t.equal(values.length, 1_001);
  t.same(values[0], { value: 2, labels: { word: 'w0' } });
  t.same(values[1_000], { value: 2, labels: { word: 'other' } });

  const long = counters.counter({ name: 'long_total', help: 'x', labelNames: ['word'] });
  long.increase({ word: 'x'.repeat(201) });
  t.same(counters.snapshot()[1]!.values[0]!.labels, { word: 'x'.repeat(200) });
});

t.test('refuses names that Prometheus would not read, and one name for two metrics', async (t) => {
  const counters = createCounters();
  t.throws(() => counters.counter({ name: 'a-b', help: 'x' }), { message: /got "a-b"/ });
  t.throws(() => counters.counter({ name: 'a', help: 'x', labelNames: ['b c'] }), { message: /got "b c"/ });
  const definition = { name: 'a', help: 'x' };
  t.equal(counters.counter(definition), counters.counter(definition));
  t.throws(() => counters.gauge({ name: 'a', help: 'x' }), { message: 'there is already a metric named a' });
});
