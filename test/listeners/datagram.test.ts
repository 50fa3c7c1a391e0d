import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import fs from 'node:fs';

import t, { type Test } from 'tap';

import type { Endpoint } from '../../src/contract/endpoint.ts';
import type { ListenPlan, ServicePlan } from '../../src/contract/plan.ts';
import type { Service } from '../../src/contract/service.ts';
import type { Datagram, DatagramPort } from '../../src/contract/session.ts';
import type { Admission } from '../../src/listeners/admission.ts';
import { createDatagramListener, type DatagramListener } from '../../src/listeners/datagram.ts';
import { createDescriptorGuard } from '../../src/listeners/descriptor-guard.ts';
import { createSessionTable } from '../../src/listeners/session-table.ts';
import { libc } from '../../src/system/libc.ts';
import { bindDatagram, localAddress } from '../../src/system/sockets.ts';
import { createFakeLogger, type LogLine } from '../support/fake-session.ts';
import { admissionOf, createRecorder, type Recorder } from '../support/listen.ts';
import { listenPlan, servicePlan } from '../support/plans.ts';

const needsLibc = libc === null ? { skip: 'needs node:ffi' } : {};

interface Options {
  readonly fd?: number;
  readonly local?: Endpoint;
  readonly plan?: Partial<ServicePlan>;
  readonly listen?: Partial<ListenPlan>;
  readonly admission?: Admission;
  readonly opened?: NonNullable<Service['opened']>;
}

interface Receiving {
  readonly listener: DatagramListener;
  readonly events: Recorder;
  readonly logs: readonly LogLine[];
}

const anyPort: Endpoint = { address: '127.0.0.1', port: 0, family: 'IPv4' };

/** A listener that binds for itself unless it is given a descriptor. */
async function receive(t: Test, datagram: Service['datagram'], options: Options = {}): Promise<Receiving> {
  const { opened } = options;
  const { fd = -1, local = anyPort } = options;
  const plan = servicePlan(options.plan);
  const events = createRecorder();
  const logs: LogLine[] = [];
  const listener = await createDatagramListener({
    fd,
    local,
    plan,
    listen: listenPlan(`udp://127.0.0.1:${local.port}`, options.listen),
    service: { ...(datagram === undefined ? {} : { datagram }), ...(opened === undefined ? {} : { opened }) },
    admission: options.admission ?? admissionOf(plan),
    idleMs: null,
    tls: null,
    sessions: createSessionTable(),
    events,
    guard: createDescriptorGuard({ limit: 1000, onPause() {}, onResume() {} }),
    log: createFakeLogger(logs),
    authenticate: async () => null,
  });
  let isOpen = true;
  t.teardown(() => (isOpen ? listener.close() : undefined));

  return {
    listener: {
      port: listener.port,
      close() {
        isOpen = false;
        return listener.close();
      },
    },
    events,
    logs,
  };
}

interface Correspondent {
  readonly socket: Socket;
  send(port: number, text: string | Buffer): void;
  next(): Promise<string>;
}

async function correspondent(t: Test): Promise<Correspondent> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  return {
    socket,
    send: (port, text) => socket.send(text, port, '127.0.0.1'),
    next: async () => String((await once(socket, 'message'))[0]),
  };
}

const echo: Service['datagram'] = (packet) => packet.reply(packet.data);

t.test('what arrives is answered to where it came from', async (t) => {
  const packets: Datagram[] = [];
  const { listener, events } = await receive(t, (packet) => {
    packets.push(packet);
    packet.reply(Buffer.from(`you said ${packet.data.toString()}`));
  });
  const peer = await correspondent(t);
  peer.send(listener.port, 'hello');
  t.equal(await peer.next(), 'you said hello');
  t.match(packets[0]?.peer, { address: '127.0.0.1', port: peer.socket.address().port, family: 'IPv4' });
  t.same(events.seen, [
    { event: 'datagram', direction: 'in', bytes: 5 },
    { event: 'datagram', direction: 'out', bytes: 14 },
  ]);
});

t.test('a service that wants to can send without being asked, from the same address', async (t) => {
  const ports: DatagramPort[] = [];
  const { listener, events } = await receive(t, () => {}, { opened: (port) => void ports.push(port) });
  const peer = await correspondent(t);
  const to = { address: '127.0.0.1', port: peer.socket.address().port };
  const heard = once(peer.socket, 'message');
  ports[0]?.send([Buffer.from('in '), Buffer.from('two pieces')], to);
  const [bytes, from] = (await heard) as [Buffer, { port: number }];
  t.equal(bytes.toString(), 'in two pieces');
  t.equal(from.port, listener.port);
  t.same(events.seen, [{ event: 'datagram', direction: 'out', bytes: 13 }]);
  await listener.close();
  t.doesNotThrow(() => ports[0]?.send(Buffer.from('late'), to));
});

t.test('the largest datagram and an empty one are whole', async (t) => {
  const { listener } = await receive(t, (packet) => packet.reply(Buffer.from(String(packet.data.length))));
  const peer = await correspondent(t);
  for (const length of [0, 1, 65_507]) {
    peer.send(listener.port, Buffer.alloc(length));
    t.equal(await peer.next(), String(length));
  }
});

t.test('a socket that was bound by somebody else, and stays bound', needsLibc, async (t) => {
  const fd = bindDatagram({ host: '127.0.0.1', port: 0 });
  t.teardown(() => fs.closeSync(fd));
  const local = localAddress(fd);
  const peer = await correspondent(t);
  peer.send(local.port, 'early');
  const first = await receive(t, echo, { fd, local });
  t.equal(first.listener.port, local.port);
  t.equal(await peer.next(), 'early', 'what came before anybody read waits in the kernel');
  await first.listener.close();
  peer.send(local.port, 'between');
  const second = await receive(t, echo, { fd, local });
  t.equal(await peer.next(), 'between', 'and so does what comes between two workers');
  await second.listener.close();
});

t.test('without a descriptor it binds by itself, and says which port it has', async (t) => {
  const { listener } = await receive(t, echo);
  t.ok(listener.port > 0);
});

t.test('the address that it binds may still be that of the worker before it, but of nobody else', async (t) => {
  const before = await receive(t, echo);
  const local = { ...anyPort, port: before.listener.port };
  const after = await receive(t, (packet) => packet.reply(Buffer.from('the new one')), { local });
  await before.listener.close();
  const peer = await correspondent(t);
  peer.send(after.listener.port, 'who is there?');
  t.equal(await peer.next(), 'the new one');
  const stranger = peer.socket.address().port;
  await t.rejects(receive(t, echo, { local: { ...anyPort, port: stranger } }), { code: 'EADDRINUSE' });
});

t.test('a datagram over the rate is counted, told and not served', async (t) => {
  const limits = { ...servicePlan().limits, rate: { count: 2, window: 60_000 } };
  let served = 0;
  const { listener, events } = await receive(t, () => void (served += 1), { plan: { limits } });
  const peer = await correspondent(t);
  for (let index = 0; index < 3; index++) peer.send(listener.port, 'x');
  t.match(await events.next('datagramRefused'), {
    reason: 'rate',
    peer: { address: '127.0.0.1', port: peer.socket.address().port },
    local: { address: '127.0.0.1' },
  });
  t.equal(served, 2);
  t.equal(events.count('datagram'), 3);
});

t.test('a verdict that takes its time', async (t) => {
  const verdicts = [
    () => Promise.resolve(null),
    () => Promise.resolve('access' as const),
    () => Promise.reject(new Error('broke')),
  ];
  const { listener, events } = await receive(t, echo, {
    admission: { admit: () => null, release() {}, admitDatagram: () => verdicts.shift()?.() ?? null },
  });
  const peer = await correspondent(t);
  peer.send(listener.port, 'one');
  t.equal(await peer.next(), 'one');
  peer.send(listener.port, 'two');
  t.equal((await events.next('datagramRefused')).reason, 'access');
  peer.send(listener.port, 'three');
  t.match((await events.next('errored')).error, { message: 'broke' });
});

t.test('what a service throws concerns that datagram alone', async (t) => {
  const { listener, events } = await receive(t, (packet) => {
    const text = packet.data.toString();
    if (text === 'now') throw new Error('thrown now');
    if (text === 'later') return Promise.reject(new Error('thrown later'));
    return packet.reply(packet.data);
  });
  const peer = await correspondent(t);
  peer.send(listener.port, 'now');
  t.match(await events.next('errored'), {
    peer: { address: '127.0.0.1', port: peer.socket.address().port },
    error: { message: 'thrown now' },
  });
  peer.send(listener.port, 'later');
  t.match((await events.next('errored')).error, { message: 'thrown later' });
  peer.send(listener.port, 'fine');
  t.equal(await peer.next(), 'fine');
});

t.test('an answer after the close goes nowhere, and is no error', async (t) => {
  const arrived = Promise.withResolvers<Datagram>();
  const { listener, events } = await receive(t, (packet) => arrived.resolve(packet));
  const peer = await correspondent(t);
  peer.send(listener.port, 'hello');
  const packet = await arrived.promise;
  await listener.close();
  packet.reply(Buffer.from('too late'));
  t.equal(events.count('datagram'), 1, 'only what came in');
});

t.test('an answer too large for a datagram is lost, and the next one is not', async (t) => {
  const { listener } = await receive(t, (packet) =>
    packet.reply(packet.data.toString() === 'huge' ? Buffer.alloc(65_508) : packet.data),
  );
  const peer = await correspondent(t);
  peer.send(listener.port, 'huge');
  peer.send(listener.port, 'small');
  t.equal(await peer.next(), 'small');
});

t.test('an answer to a port where nobody listens any more harms nobody', async (t) => {
  const { listener } = await receive(t, echo);
  const gone = createSocket('udp4');
  gone.send('bye', listener.port, '127.0.0.1', () => gone.close());
  await once(gone, 'close');
  const peer = await correspondent(t);
  for (let index = 0; index < 3; index++) {
    peer.send(listener.port, 'still there?');
    t.equal(await peer.next(), 'still there?');
  }
});

t.test('a group that cannot be joined is a warning', async (t) => {
  const { listener, logs } = await receive(t, echo, { listen: { multicast: ['127.0.0.1'] } });
  t.match(logs, [{ severity: 'warning', message: /^multicast group 127\.0\.0\.1: / }]);
  const peer = await correspondent(t);
  peer.send(listener.port, 'x');
  t.equal(await peer.next(), 'x');
});
