import t from 'tap';

import { createCounters } from '../../src/logging/counters.ts';
import { foldSnapshots, readService, type Snapshot } from '../../src/logging/snapshot.ts';

function snapshotOf(sessions: number, ended: number): Snapshot {
  const counters = createCounters();
  const tally = counters.service('echo');
  counters.service('chat').sessionStarted();
  for (let i = 0; i < sessions; i += 1) tally.sessionStarted();
  for (let i = 0; i < ended; i += 1) tally.sessionEnded(1, 10, 20);
  tally.refused('ban');
  tally.refused('rate');
  tally.datagram('in', 1);
  return counters.snapshot();
}

t.test('the figures of one service over all processes', async (t) => {
  t.same(readService([snapshotOf(3, 1), snapshotOf(2, 2)], 'echo'), {
    active: 2,
    total: 5,
    refused: 4,
    bytesIn: 32,
    bytesOut: 60,
  });
  t.same(readService([snapshotOf(1, 0)], 'nobody'), { active: 0, total: 0, refused: 0, bytesIn: 0, bytesOut: 0 });
});

t.test('a process that ends leaves its totals behind, and no sessions', async (t) => {
  const retired = foldSnapshots(foldSnapshots([], snapshotOf(3, 1)), snapshotOf(2, 2));
  t.same(readService([retired], 'echo'), { active: 0, total: 5, refused: 4, bytesIn: 32, bytesOut: 60 });
  t.notOk(retired.some((metric) => metric.type === 'gauge'));
  const seconds = retired.find((metric) => metric.name === 'portico_session_seconds')!;
  const count = seconds.values.find(
    (value) => value.metricName === 'portico_session_seconds_count' && value.labels['service'] === 'echo',
  );
  t.equal(count!.value, 3);
  t.equal(seconds.values.length, 2 * 16, 'each series once');
});

t.test('what was folded is not changed by folding more', async (t) => {
  const first = foldSnapshots([], snapshotOf(1, 1));
  foldSnapshots(first, snapshotOf(1, 1));
  t.equal(readService([first], 'echo').total, 1);
});
