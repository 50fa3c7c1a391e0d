import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import fs from 'node:fs';
import { BoundSocket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';

import t, { type Test } from 'tap';
import * as z from 'zod';

import type { CertificatePairs, WorkerService, WorkerSocket } from '../../src/contract/channel.ts';
import { path as pathOption } from '../../src/contract/options.ts';
import type { ListenPlan } from '../../src/contract/plan.ts';
import type { Service, ServiceModule } from '../../src/contract/service.ts';
import { createBanList } from '../../src/listeners/ban-list.ts';
import { createDescriptorGuard } from '../../src/listeners/descriptor-guard.ts';
import { createSessionTable, type SessionTable } from '../../src/listeners/session-table.ts';
import { libc } from '../../src/system/libc.ts';
import { duplicate } from '../../src/system/sockets.ts';
import { createServiceHost, type ServiceHost, type ServiceHostOptions } from '../../src/worker/service-host.ts';
import { pem } from '../config/pem.ts';
import { dial, type Peer } from '../support/dial.ts';
import { createFakeContext } from '../support/fake-context.ts';
import { createRecorder, type Recorder } from '../support/listen.ts';
import { listenPlan, servicePlan } from '../support/plans.ts';

const needsLibc = libc === null ? { skip: 'needs node:ffi' } : {};

interface Given extends Partial<Omit<ServiceHostOptions, 'plan' | 'module'>> {
  readonly service?: Service;
  readonly module?: Partial<ServiceModule>;
  readonly plan?: Partial<WorkerService>;
  readonly sockets?: readonly WorkerSocket[];
}

interface Hosted {
  readonly host: ServiceHost;
  readonly events: Recorder;
  readonly sessions: SessionTable;
}

async function start(t: Test, given: Given): Promise<Hosted> {
  const { service = {}, sockets = [], workers = 1 } = given;
  const events = createRecorder();
  const sessions = createSessionTable();
  const host = await createServiceHost({
    plan: { ...servicePlan(), clientCa: null, sockets, ...given.plan },
    module: {
      name: 'test',
      summary: '',
      transports: ['stream', 'datagram'],
      options: z.strictObject({}),
      example: '',
      create: () => service,
      ...given.module,
    },
    context: createFakeContext(),
    events,
    certificates: given.certificates ?? {},
    ticketKeys: Buffer.alloc(48, 7),
    sessions,
    guard: createDescriptorGuard({ limit: 1_000_000, onPause() {}, onResume() {} }),
    confirmedNames: given.confirmedNames ?? (async () => []),
    bans: given.bans ?? createBanList(),
    challenges: given.challenges ?? [],
    authenticate: given.authenticate ?? (async () => null),
    touched: given.touched ?? (() => {}),
    workers,
  });
  t.teardown(async () => {
    await host.close().catch(() => {});
    for (const session of sessions.values()) session.terminate('drain');
  });
  return { host, events, sessions };
}

/** A loopback socket as a worker inherits it: the descriptor is the worker's own. */
function inherited(t: Test, listen = 0): WorkerSocket & { fd: number } {
  const bound = new BoundSocket({ host: '127.0.0.1', port: 0 });
  const { port } = bound.address();
  const fd = libc === null ? bound.fd() : duplicate(bound.fd());
  if (libc !== null) t.teardown(() => bound.close());
  return { fd, listen, transport: 'stream', address: '127.0.0.1', port, family: 'IPv4' };
}

const ownDatagram: WorkerSocket = {
  fd: null,
  listen: 0,
  transport: 'datagram',
  address: '127.0.0.1',
  port: 0,
  family: 'IPv4',
};

const hello: Service = { connection: ({ stream }) => void stream.end('hello') };
const waiting: Service = { connection: ({ stream }) => once(stream, 'end').then(() => {}) };

t.test('a service gets its options, parsed, with paths from the folder of its file', async (t) => {
  let seen: unknown;
  await start(t, {
    module: {
      options: z.strictObject({ root: pathOption(), size: z.int().default(5) }),
      create(options) {
        seen = options;
        return {};
      },
    },
    plan: { options: { root: './public' }, base: '/srv/site' },
  });
  t.same(seen, { root: '/srv/site/public', size: 5 });
});

t.test('options that do not fit are a failure of this service', async (t) => {
  let isCreated = false;
  const create = (): Service => {
    isCreated = true;
    return {};
  };
  await t.rejects(start(t, { module: { create }, plan: { options: { speed: 9 } } }), /Unrecognized key: \\?"speed\\?"/);
  t.equal(isCreated, false);
});

t.test('connections are accepted on all of its sockets', async (t) => {
  const sockets = [inherited(t, 0), inherited(t, 1)];
  const { events } = await start(t, {
    service: hello,
    sockets,
    plan: { listen: [listenPlan('tcp://127.0.0.1:0'), listenPlan('tcp://127.0.0.1:0')] },
  });
  for (const { port } of sockets) {
    const peer = await dial(port);
    t.equal((await peer.rest()).toString(), 'hello');
    peer.end();
    await events.next('ended');
  }
});

t.test('limits are for the service, not for each of its sockets', async (t) => {
  const sockets = [inherited(t, 0), inherited(t, 1)];
  const { events } = await start(t, {
    service: waiting,
    sockets,
    plan: {
      listen: [listenPlan('tcp://127.0.0.1:0'), listenPlan('tcp://127.0.0.1:0')],
      limits: { ...servicePlan().limits, connections: 1 },
    },
  });
  await dial(sockets[0]!.port);
  await events.next('started');
  await dial(sockets[1]!.port);
  t.equal((await events.next('refused')).reason, 'connections');
});

t.test('of several workers each enforces its share, rounded up', async (t) => {
  const socket = inherited(t);
  const { events } = await start(t, {
    service: waiting,
    sockets: [socket],
    workers: 2,
    plan: { limits: { ...servicePlan().limits, connections: 3, perSource: 100 } },
  });
  await dial(socket.port);
  await dial(socket.port);
  await events.next('started');
  await events.next('started');
  await dial(socket.port);
  t.equal((await events.next('refused')).reason, 'connections');
});

t.test('who may come is asked by name as well', async (t) => {
  const socket = inherited(t);
  const { events } = await start(t, {
    service: hello,
    sockets: [socket],
    plan: { access: { allow: ['*.example.com'], deny: [], neverBan: [], hours: [] } },
    confirmedNames: async (address) => (address === '127.0.0.1' ? ['www.example.com'] : []),
  });
  t.equal((await (await dial(socket.port)).rest()).toString(), 'hello');
  await events.next('started');
});

t.test("the idle limit is the plan's, else the type's", async (t) => {
  const cases: [plan: number | null | undefined, type: number | null | undefined][] = [
    [20, 60_000],
    [undefined, 20],
  ];
  for (const [idle, type] of cases) {
    const socket = inherited(t);
    const { events } = await start(t, {
      service: waiting,
      sockets: [socket],
      module: type === undefined ? {} : { defaults: { idle: type } },
      plan: { limits: { ...servicePlan().limits, idle } },
    });
    const peer = await dial(socket.port);
    await peer.rest();
    peer.end();
    t.equal((await events.next('ended')).reason, 'idle');
  }
});

t.test('a datagram socket that nobody could bind ahead is bound here, and its port is told', async (t) => {
  const { host } = await start(t, {
    service: { datagram: (packet) => packet.reply(packet.data) },
    sockets: [ownDatagram],
    plan: { listen: [listenPlan('udp://127.0.0.1:0')] },
  });
  const port = host.bound.get(0) ?? 0;
  const peer = createSocket('udp4');
  t.teardown(() => peer.close());
  peer.send('hello', port, '127.0.0.1');
  t.equal(String((await once(peer, 'message'))[0]), 'hello');
});

t.test('a service that cannot serve an address says so', async (t) => {
  await t.rejects(start(t, { service: {}, sockets: [inherited(t)] }), {
    message: 'service test takes no connections',
  });
  await t.rejects(
    start(t, { service: {}, sockets: [ownDatagram], plan: { listen: [listenPlan('udp://127.0.0.1:0')] } }),
    { message: 'service test takes no datagrams' },
  );
});

t.test('a start that fails half-way leaves nothing behind', async (t) => {
  const socket = inherited(t);
  let stops = 0;
  await t.rejects(
    start(t, {
      service: { ...hello, stop: () => void (stops += 1) },
      sockets: [socket, { ...ownDatagram, listen: 1 }],
      plan: { listen: [listenPlan('tcp://127.0.0.1:0'), listenPlan('udp://127.0.0.1:0')] },
    }),
    { message: 'service test takes no datagrams' },
  );
  t.equal(stops, 1);
});

t.test('a whole socket goes to the service that asks for it', needsLibc, async (t) => {
  const socket = inherited(t);
  const given = Promise.withResolvers<number>();
  const { host } = await start(t, { service: { socket: ({ local }) => given.resolve(local.port) }, sockets: [socket] });
  t.equal(await given.promise, socket.port);
  await host.close();
});

t.test('after the close nothing of the socket is left in this process', needsLibc, async (t) => {
  const socket = inherited(t);
  const { host, events, sessions } = await start(t, { service: waiting, sockets: [socket] });
  const peer = await dial(socket.port);
  await events.next('started');
  await host.close();
  t.throws(() => fs.fstatSync(socket.fd), { code: 'EBADF' });
  t.equal(sessions.size, 1, 'sessions go on');
  peer.end();
  await events.next('ended');
});

t.test('a close waits for what goes on without a session', async (t) => {
  const drained = Promise.withResolvers<void>();
  const { host } = await start(t, { service: { drain: () => drained.promise } });
  let isClosed = false;
  const closing = host.close().then(() => (isClosed = true));
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(isClosed, false);
  drained.resolve();
  await closing;
});

t.test('who sends on an address of its own goes on receiving there until all that is done', async (t) => {
  const drained = Promise.withResolvers<void>();
  const heard: string[] = [];
  const { host } = await start(t, {
    service: {
      opened: () => {},
      datagram(packet) {
        heard.push(packet.data.toString());
        packet.reply(packet.data);
      },
      drain: () => drained.promise,
    },
    sockets: [ownDatagram],
    plan: { listen: [listenPlan('udp://127.0.0.1:0')] },
  });
  const peer = createSocket('udp4');
  t.teardown(() => peer.close());
  const port = host.bound.get(0) ?? 0;
  const closing = host.close();
  peer.send('still here', port, '127.0.0.1');
  t.equal(String((await once(peer, 'message'))[0]), 'still here');
  drained.resolve();
  await closing;
  t.same(heard, ['still here']);
});

t.test('stop is passed on, and not needed', async (t) => {
  let stops = 0;
  const { host } = await start(t, { service: { stop: () => void (stops += 1) } });
  await host.stop();
  t.equal(stops, 1);
  await (await start(t, {})).host.stop();
});

const pairs: CertificatePairs = {
  default: { cert: pem.goodCert, key: pem.goodKey },
  public: { cert: pem.otherCert, key: pem.otherKey },
};

async function subjectAt(port: number, servername?: string): Promise<string | undefined> {
  const peer = await dial(port);
  const socket = await secure(peer, servername);
  const subject = socket.getPeerX509Certificate()?.subject;
  socket.destroy();
  return subject;
}

async function secure(peer: Peer, servername?: string): Promise<TLSSocket> {
  const options = servername === undefined ? {} : { servername };
  const socket = tls.connect({ socket: peer.socket, rejectUnauthorized: false, ...options });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

t.test('which certificate an address serves', async (t) => {
  const cases: [title: string, own: string | null, service: string[], asked: string | undefined, subject: string][] = [
    ['the default where none is named', null, [], undefined, 'CN=good.example'],
    ["the service's", null, ['public'], undefined, 'CN=other.example'],
    ["the listener's own", 'public', [], undefined, 'CN=other.example'],
    ["the listener's own before the service's", 'public', ['default'], undefined, 'CN=other.example'],
    ['another of them by its name', 'public', ['default'], 'good.example', 'CN=good.example'],
    ['the first of several', null, ['public', 'default'], undefined, 'CN=other.example'],
  ];
  for (const [title, certificate, certificates, asked, subject] of cases) {
    const socket = inherited(t);
    const listen: ListenPlan = listenPlan('tls://127.0.0.1:0', { certificate });
    const plan = { listen: [listen], tls: { ...servicePlan().tls, certificates } };
    await start(t, { service: hello, sockets: [socket], certificates: pairs, plan });
    t.equal(await subjectAt(socket.port, asked), subject, title);
  }
});

t.test('an address of TLS without a certificate is not served in clear', async (t) => {
  const sockets = [inherited(t)];
  await t.rejects(start(t, { service: hello, sockets, plan: { listen: [listenPlan('tls://127.0.0.1:7')] } }), {
    message: 'tls://127.0.0.1:7 has no certificate',
  });
});

t.test('renewed certificates go to the next handshake', async (t) => {
  const socket = inherited(t);
  const plan = { listen: [listenPlan('tls://127.0.0.1:0')] };
  const { host } = await start(t, { service: hello, sockets: [socket], certificates: pairs, plan });
  t.equal(await subjectAt(socket.port), 'CN=good.example');
  host.updateCertificates({ ...pairs, default: { cert: pem.otherCert, key: pem.otherKey } });
  t.equal(await subjectAt(socket.port), 'CN=other.example');
});

t.test('a service on a plain address can start TLS, if there is a certificate', async (t) => {
  const service: Service = {
    async connection(session) {
      await once(session.stream, 'data');
      session.stream.pause();
      session.stream.write('go');
      await session.startTls();
      session.stream.end('secret');
    },
  };
  const socket = inherited(t);
  const { events } = await start(t, { service, sockets: [socket], certificates: pairs });
  const peer = await dial(socket.port);
  await peer.write('STARTTLS\r\n');
  await peer.bytes(2);
  t.equal(String((await once(await secure(peer), 'data'))[0]), 'secret');

  const bare = inherited(t);
  const without = await start(t, { service, sockets: [bare] });
  const other = await dial(bare.port);
  await other.write('STARTTLS\r\n');
  t.match((await without.events.next('failed')).error, { message: 'service test has no certificate' });
  t.equal(events.count('failed'), 0);
});

t.test('who is never banned comes in although the network is, by address or by name', async (t) => {
  const socket = inherited(t);
  const bans = createBanList([{ source: '127.0.0.1', until: null, reason: 'manual', service: null, since: 1 }]);
  const access = { ...servicePlan().access, neverBan: ['*.example.com'] };
  let names = ['peer.example.com'];
  await start(t, { service: hello, sockets: [socket], bans, plan: { access }, confirmedNames: async () => names });
  t.equal((await (await dial(socket.port)).rest()).toString(), 'hello');
  names = [];
  t.equal((await (await dial(socket.port)).rest()).toString(), '');
});

t.test('a trap tells who has touched it, and serves nobody', async (t) => {
  const socket = inherited(t);
  const touched: string[] = [];
  const { events } = await start(t, {
    service: hello,
    sockets: [socket],
    plan: { sensor: true },
    touched: ({ address }) => void touched.push(address),
  });
  t.equal((await (await dial(socket.port)).rest()).toString(), '');
  t.same(touched, ['127.0.0.1']);
  t.match(await events.next('refused'), { reason: 'ban' });
});

t.test('who takes things in', async (t) => {
  const receives = async (module: Partial<ServiceModule>, plan: Partial<WorkerService>): Promise<boolean> =>
    (await start(t, { module, plan })).host.receives;
  t.equal(await receives({ receives: (_options, deliver) => deliver.length === 1 }, { deliver: ['a'] }), true);
  t.equal(await receives({ receives: () => false }, { type: '/srv/own.ts', deliver: ['a'] }), false);
  t.equal(await receives({}, { type: 'echo', deliver: ['a'] }), false, 'one of ours says so');
  t.equal(await receives({}, { type: '/srv/own.ts', deliver: ['a'] }), true);
  t.equal(await receives({}, { type: '/srv/own.ts' }), false);
});
