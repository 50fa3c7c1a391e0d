import t from 'tap';

import type { Endpoint } from '../../src/contract/endpoint.ts';
import { PeerError } from '../../src/contract/errors.ts';
import type { LogFields, Severity } from '../../src/contract/logger.ts';
import { createCounters } from '../../src/logging/counters.ts';
import type { EventName } from '../../src/logging/events.ts';
import type { PeerNames } from '../../src/logging/peer-names.ts';
import { createSessionEvents } from '../../src/logging/session-events.ts';
import { readService } from '../../src/logging/snapshot.ts';

const peer: Endpoint = { address: '192.0.2.1', port: 5000, family: 'IPv4' };
const local: Endpoint = { address: '::1', port: 7, family: 'IPv6' };
const session = { id: 'abcdefghijkl', peer, local };
const lineFields = { service: 'echo', session: 'abcdefghijkl', peer: '192.0.2.1:5000', local: '[::1]:7' };

function setUp(peerNames: PeerNames | null = null, quiet = false) {
  const emitted: [EventName, LogFields][] = [];
  const severities: (Severity | undefined)[] = [];
  const timers: (() => void)[] = [];
  const counters = createCounters();
  const logging = {
    emit(event: EventName, fields: LogFields, severity?: Severity) {
      emitted.push([event, fields]);
      severities.push(severity);
    },
    emitMembers(event: EventName, members: string) {
      emitted.push([event, JSON.parse(`{${members}}`) as LogFields]);
      severities.push(undefined);
    },
  };
  const happens = createSessionEvents({
    service: 'echo',
    logging,
    counters,
    peerNames,
    quiet,
    after: (_, call) => void timers.push(call),
  });
  const value = (name: string, labels: Record<string, string>): number | undefined =>
    counters
      .snapshot()
      .find((metric) => metric.name === name)!
      .values.find((entry) => Object.entries(labels).every(([label, text]) => entry.labels[label] === text))?.value;
  /** Ends the second. */
  const tick = (): void => {
    for (const call of timers.splice(0)) call();
  };
  return { happens, emitted, severities, counters, value, tick };
}

t.test('a session is two lines and its counts', async (t) => {
  const { happens, emitted, counters } = setUp();
  happens.started(session);
  t.equal(readService([counters.snapshot()], 'echo').active, 1);
  happens.ended({ ...session, bytes: { in: 10, out: 20 } }, 'idle', 1.23456789);
  t.match(emitted, [
    ['session.start', lineFields],
    ['session.end', { ...lineFields, duration: 1.234568, bytes: { in: 10, out: 20 }, reason: 'idle' }],
  ]);
  t.same(readService([counters.snapshot()], 'echo'), { active: 0, total: 1, refused: 0, bytesIn: 10, bytesOut: 20 });
});

t.test('bytes that a program moved by itself are null in the line and not counted', async (t) => {
  const { happens, emitted, counters } = setUp();
  happens.started(session);
  happens.ended({ ...session, bytes: { in: null, out: null } }, 'end', 1);
  t.match(emitted[1], ['session.end', { bytes: { in: null, out: null } }]);
  t.match(readService([counters.snapshot()], 'echo'), { bytesIn: 0, bytesOut: 0 });
});

t.test('a refusal', async (t) => {
  const { happens, emitted, value } = setUp();
  happens.refused('ban', peer, local);
  t.match(emitted, [['session.refused', { service: 'echo', peer: '192.0.2.1:5000', local: '[::1]:7', reason: 'ban' }]]);
  t.same(emitted[0]![1]['count'], undefined);
  t.equal(value('portico_sessions_refused_total', { reason: 'ban' }), 1);
});

t.test('twenty refusals a second are lines, those after them a number', async (t) => {
  const { happens, emitted, value, tick } = setUp();
  for (let port = 1; port <= 20; port += 1) happens.refused('access', { ...peer, port }, local);
  t.equal(emitted.length, 20);
  happens.refused('access', { ...peer, port: 21 }, local);
  happens.refused('access', { ...peer, port: 22 }, local);
  t.equal(emitted.length, 20);
  tick();
  t.equal(emitted.length, 21);
  t.match(emitted[20], ['session.refused', { service: 'echo', peer: '192.0.2.1:22', reason: 'access', count: 2 }]);
  t.equal(value('portico_sessions_refused_total', { reason: 'access' }), 22);
});

t.test('refused datagrams are one line a second for each reason', async (t) => {
  const { happens, emitted, value, tick } = setUp();
  for (const port of [1, 2, 3]) happens.datagramRefused('rate', { ...peer, port }, local);
  happens.datagramRefused('access', peer, local);
  const line = { service: 'echo', local: '[::1]:7' };
  t.match(emitted, [
    ['session.refused', { ...line, peer: '192.0.2.1:1', reason: 'rate', count: 1 }],
    ['session.refused', { ...line, peer: '192.0.2.1:5000', reason: 'access', count: 1 }],
  ]);
  t.equal(emitted.length, 2);
  tick();
  t.match(emitted.slice(2), [['session.refused', { ...line, peer: '192.0.2.1:3', reason: 'rate', count: 2 }]]);
  t.equal(value('portico_sessions_refused_total', { reason: 'rate' }), 3);
  t.equal(value('portico_sessions_refused_total', { reason: 'access' }), 1);
});

t.test('refusals that were not told yet are told at the end', async (t) => {
  const { happens, emitted, tick } = setUp();
  for (let port = 1; port <= 21; port += 1) happens.refused('ban', { ...peer, port }, local);
  for (const port of [1, 2]) happens.datagramRefused('rate', { ...peer, port }, local);
  happens.flush();
  t.match(emitted.slice(21), [
    ['session.refused', { peer: '192.0.2.1:21', reason: 'ban', count: 1 }],
    ['session.refused', { peer: '192.0.2.1:2', reason: 'rate', count: 1 }],
  ]);
  tick();
  t.equal(emitted.length, 23);
});

t.test('sessions of a quiet service are told at debug, and counted like others', async (t) => {
  const { happens, emitted, severities, counters } = setUp(null, true);
  happens.started(session);
  happens.ended({ ...session, bytes: { in: 1, out: 2 } }, 'end', 1);
  happens.refused('access', peer, local);
  t.same(
    emitted.map(([name]) => name),
    ['session.start', 'session.end', 'session.refused'],
  );
  t.same(severities, ['debug', 'debug', undefined]);
  t.same(readService([counters.snapshot()], 'echo'), { active: 0, total: 1, refused: 1, bytesIn: 1, bytesOut: 2 });
});

t.test('whose fault it was', async (t) => {
  const { happens, emitted } = setUp();
  const fault = new PeerError('no such command');
  const bug = new TypeError('x is undefined');
  happens.failed(session, fault);
  happens.failed(session, bug);
  happens.errored(peer, 'thrown text');
  t.match(emitted, [
    ['peer.error', { ...lineFields, error: fault }],
    ['service.error', { ...lineFields, error: bug, stack: /session-events\.test/ }],
    ['service.error', { service: 'echo', peer: '192.0.2.1:5000', error: 'thrown text' }],
  ]);
  t.notHas(emitted[0]![1], { stack: String });
});

t.test('datagrams are counted, not told', async (t) => {
  const { happens, emitted, value } = setUp();
  happens.datagram('in', 3);
  happens.datagram('out', 4);
  t.same(emitted, []);
  t.equal(value('portico_datagrams_total', { direction: 'out' }), 1);
  t.equal(value('portico_bytes_total', { direction: 'out' }), 4);
});

t.test('who logged in, and who did not', async (t) => {
  const { happens, emitted, value } = setUp();
  happens.authenticated('ok', session, 'alice');
  happens.authenticated('failed', session, 'a'.repeat(257));
  happens.authenticated('banned', session, 'alice');
  t.match(emitted, [
    ['auth.ok', { ...lineFields, account: 'alice' }],
    ['auth.failed', { ...lineFields, account: 'a'.repeat(256), reason: 'credentials' }],
    ['auth.failed', { ...lineFields, account: 'alice', reason: 'banned' }],
  ]);
  t.same(
    ['ok', 'failed', 'banned'].map((result) => value('portico_auth_total', { result })),
    [1, 1, 1],
  );
});

t.test('what was received', async (t) => {
  const { happens, emitted, value } = setUp();
  happens.received(session, { item: 'i1', name: 'a.pdf' });
  happens.received(null, { item: 'i2' });
  t.match(emitted, [
    ['item.received', { ...lineFields, item: 'i1', name: 'a.pdf' }],
    ['item.received', { service: 'echo', item: 'i2' }],
  ]);
  t.equal(value('portico_items_total', { service: 'echo' }), 2);
});

t.test('names of peers, as far as they are known', async (t) => {
  const known = new Map([['192.0.2.1', 'host.example']]);
  const { happens, emitted } = setUp({ lookup: (address) => known.get(address) });
  happens.started(session);
  happens.started({ ...session, peer: { ...peer, address: '192.0.2.2' } });
  happens.started({ ...session, peer: { address: '/run/x', port: 0, family: 'unix' } });
  t.same(
    emitted.map(([, fields]) => fields['peer_name']),
    ['host.example', undefined, undefined],
  );
});
