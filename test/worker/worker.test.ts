import { EventEmitter, once } from 'node:events';
import fs from 'node:fs';
import { BoundSocket } from 'node:net';
import { join } from 'node:path';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import tls from 'node:tls';

import t, { type Test } from 'tap';
import * as z from 'zod';

import type { Ban } from '../../src/contract/ban.ts';
import type { Json } from '../../src/contract/bus.ts';
import type { SessionReport, StartMessage, ToMaster, ToWorker, WorkerService } from '../../src/contract/channel.ts';
import type { Challenge } from '../../src/contract/registry.ts';
import type { Service, ServiceContext, ServiceModule } from '../../src/contract/service.ts';
import type { WorkerReport } from '../../src/master/fleet.ts';
import { libc } from '../../src/system/libc.ts';
import { duplicate } from '../../src/system/sockets.ts';
import type { AskMaster } from '../../src/worker/ask-master.ts';
import type { OwnModules } from '../../src/worker/own-modules.ts';
import { createWorker, type Worker } from '../../src/worker/worker.ts';
import { parseBlock } from '../../src/wire/journal-block.ts';
import { pem } from '../config/pem.ts';
import { dial, type Peer } from '../support/dial.ts';
import { daemonPlan, listenPlan, noLogging, servicePlan, startMessage } from '../support/plans.ts';

const needsLibc = libc === null ? { skip: 'needs node:ffi' } : {};

/** The master's end of a worker that lives in this process. */
interface Bench {
  readonly worker: Worker;
  readonly said: readonly ToMaster[];
  /** The next message of this type that the test has not seen. */
  next<Type extends ToMaster['type']>(type: Type): Promise<Extract<ToMaster, { type: Type }>>;
  ask(what: Extract<ToWorker, { type: 'ask' }>['what'], argument?: Json): Promise<unknown>;
  readonly exited: Promise<void>;
  hasExited(): boolean;
}

interface Given {
  readonly services?: readonly WorkerService[];
  readonly types?: Readonly<Record<string, ServiceModule['create']>>;
  readonly own?: Partial<OwnModules>;
  readonly start?: Partial<StartMessage>;
  readonly receiveDescriptors?: () => ReadonlyMap<string, number>;
}

function prepare(t: Test, given: Given): Bench {
  const said: ToMaster[] = [];
  const seen = new Set<ToMaster>();
  const arrivals = new EventEmitter();
  const exit = Promise.withResolvers<void>();
  let isOver = false;
  let lastId = 0;
  const types = Object.entries(given.types ?? {}).map(([name, create]) => [name, moduleOf(name, create)] as const);
  const worker = createWorker({
    start: startMessage({ services: given.services ?? [], ...given.start }),
    types: new Map(types),
    own: { admin: null, registry: null, acme: null, courier: null, ...given.own },
    send(message) {
      said.push(JSON.parse(JSON.stringify(message)) as ToMaster);
      arrivals.emit('said');
    },
    receiveDescriptors: given.receiveDescriptors ?? (() => new Map()),
    exit() {
      isOver = true;
      exit.resolve();
    },
  });
  const next = async (type: ToMaster['type'], fits: (message: ToMaster) => boolean = () => true): Promise<ToMaster> => {
    for (;;) {
      const found = said.find((message) => message.type === type && !seen.has(message) && fits(message));
      if (found !== undefined) {
        seen.add(found);
        return found;
      }
      await once(arrivals, 'said');
    }
  };
  t.teardown(() => worker.stop());
  return {
    worker,
    said,
    next: next as Bench['next'],
    async ask(what, argument) {
      const id = (lastId += 1);
      worker.receive({ type: 'ask', id, what, argument: argument ?? null });
      const reply = await next('reply', (message) => (message as { id: number }).id === id);
      return (reply as Extract<ToMaster, { type: 'reply' }>).value;
    },
    exited: exit.promise,
    hasExited: () => isOver,
  };
}

function moduleOf(name: string, create: ServiceModule['create']): ServiceModule {
  return { name, summary: '', transports: ['stream', 'datagram'], options: z.looseObject({}), example: '', create };
}

/** A service on a loopback port that a worker has inherited. */
function serviceOn(t: Test, name: string, more: Partial<WorkerService> = {}): { plan: WorkerService; port: number } {
  const bound = new BoundSocket({ host: '127.0.0.1', port: 0 });
  const { port } = bound.address();
  const fd = libc === null ? bound.fd() : duplicate(bound.fd());
  if (libc !== null) t.teardown(() => bound.close());
  const socket = { fd, listen: 0, transport: 'stream', address: '127.0.0.1', port, family: 'IPv4' } as const;
  return { plan: { ...servicePlan({ name, type: name }), clientCa: null, sockets: [socket], ...more }, port };
}

const waiting: Service = { connection: ({ stream }) => once(stream.resume(), 'end').then(() => {}) };

const banOf = (source: string): Ban => ({ source, until: null, reason: 'manual', service: null, since: 1 });

async function dialIn(t: Test, port: number): Promise<Peer> {
  const peer = await dial(port);
  t.teardown(() => void peer.socket.destroy());
  return peer;
}

async function quiet(): Promise<void> {
  for (let round = 0; round < 10; round++) await turn();
}

t.test('names each service before it starts, then says what became of them', async (t) => {
  const bench = prepare(t, {
    services: ['a', 'b', 'c'].map((name) => serviceOn(t, name).plan),
    types: {
      a: () => waiting,
      b: () => {
        throw new Error('no such folder');
      },
      c: async () => waiting,
    },
  });
  await bench.worker.begin();
  t.same(bench.said, [
    { type: 'starting', service: 'a' },
    { type: 'starting', service: 'b' },
    { type: 'starting', service: 'c' },
    { type: 'ready', failed: { b: 'no such folder' }, bound: {} },
  ]);
});

t.test('says which port it had to bind by itself', async (t) => {
  const socket = { fd: null, listen: 1, transport: 'datagram', address: '127.0.0.1', port: 0, family: 'IPv4' } as const;
  const listen = [listenPlan('tcp://127.0.0.1:0'), listenPlan('udp://127.0.0.1:0')];
  const bench = prepare(t, {
    services: [{ ...servicePlan({ name: 'a', type: 'a', listen }), clientCa: null, sockets: [socket] }],
    types: { a: () => ({ datagram() {} }) },
  });
  await bench.worker.begin();
  const { bound } = await bench.next('ready');
  t.ok((bound['a/1'] ?? 0) > 0);
});

t.test("a type that is a path is a module of the user's own", async (t) => {
  const folder = t.testdir({ 'mine.js': "export default { name: 'mine', create: () => ({ connection() {} }) };" });
  const bench = prepare(t, {
    services: [
      serviceOn(t, 'a', { type: join(folder, 'mine.js') }).plan,
      serviceOn(t, 'b', { type: join(folder, 'missing.js') }).plan,
    ],
  });
  await bench.worker.begin();
  const { failed } = await bench.next('ready');
  t.same(Object.keys(failed), ['b']);
  t.match(failed['b'], /^cannot load .*missing\.js: /);
});

t.test('answers the master', async (t) => {
  const { plan, port } = serviceOn(t, 'a');
  const bench = prepare(t, { services: [plan], types: { a: () => waiting } });
  await bench.worker.begin();

  bench.worker.receive({ type: 'ping' });
  t.ok((await bench.next('pong')).rss > 1_000_000);

  const peer = await dialIn(t, port);
  bench.worker.receive({ type: 'follow', on: true });
  const other = await dialIn(t, port);
  const { event } = await bench.next('session');
  t.match(event, { event: 'start', session: { service: 'a', peer: `127.0.0.1:${other.port}`, state: 'active' } });

  const sessions = (await bench.ask('sessions')) as SessionReport[];
  t.same(sessions.map((session) => session.peer).sort(), [peer, other].map((p) => `127.0.0.1:${p.port}`).sort());
  t.match(await bench.ask('report'), { sessions: 2, snapshot: [] });

  t.equal(await bench.ask('kick', 'nobody'), false);
  t.equal(await bench.ask('kick', event.session.id), true);
  t.equal((await other.rest()).toString(), '');
  other.end();
  const end = (await bench.next('session')).event;
  t.match(end, { event: 'end', session: { id: event.session.id }, reason: 'kick' });
  t.type(end.duration, 'number');

  bench.worker.receive({ type: 'follow', on: false });
  peer.end();
  await peer.rest();
  while (((await bench.ask('report')) as { sessions: number }).sessions > 0) await turn();
  t.equal(bench.said.filter((message) => message.type === 'session').length, 2);
});

t.test('a drain without sessions is the end', async (t) => {
  const bench = prepare(t, { services: [serviceOn(t, 'a').plan], types: { a: () => waiting } });
  await bench.worker.begin();
  bench.worker.receive({ type: 'drain', deadline: 60_000 });
  await bench.exited;
});

t.test('a drain waits for the last session, and its services hear of it', async (t) => {
  const { plan, port } = serviceOn(t, 'a');
  let context: ServiceContext | undefined;
  const bench = prepare(t, {
    services: [plan],
    types: {
      a(_options, given) {
        context = given;
        return waiting;
      },
    },
  });
  await bench.worker.begin();
  bench.worker.receive({ type: 'follow', on: true });
  const first = await dialIn(t, port);
  const second = await dialIn(t, port);
  await bench.next('session');
  await bench.next('session');
  t.equal(context?.draining.aborted, false);
  bench.worker.receive({ type: 'drain', deadline: 60_000 });
  t.equal(context?.draining.aborted, true);
  t.same(
    ((await bench.ask('sessions')) as SessionReport[]).map((session) => session.state),
    ['draining', 'draining'],
  );
  first.end();
  await bench.next('session');
  t.equal(bench.hasExited(), false);
  second.end();
  await bench.exited;
});

t.test('a drain waits for a connection that is still in its handshake', async (t) => {
  const { plan, port } = serviceOn(t, 'a', { listen: [listenPlan('tls://127.0.0.1:0')] });
  const bench = prepare(t, {
    services: [plan],
    types: { a: () => ({ connection: ({ stream }) => void stream.end('served') }) },
    start: { certificates: { default: { cert: pem.goodCert, key: pem.goodKey } } },
  });
  await bench.worker.begin();
  bench.worker.receive({ type: 'follow', on: true });
  // A first connection that is over proves that the second one has been accepted before the drain.
  const peer = await dialIn(t, port);
  const witness = tls.connect({ socket: (await dialIn(t, port)).socket, rejectUnauthorized: false });
  witness.on('error', () => {});
  await once(witness, 'data');
  witness.end();
  while ((await bench.next('session')).event.event !== 'end');
  bench.worker.receive({ type: 'drain', deadline: 60_000 });
  await quiet();
  t.equal(bench.hasExited(), false);
  const socket = tls.connect({ socket: peer.socket, rejectUnauthorized: false });
  socket.on('error', () => {});
  t.equal(String((await once(socket, 'data'))[0]), 'served');
  socket.end();
  await bench.exited;
});

t.test('at its deadline a drain ends the sessions that are left', async (t) => {
  const { plan, port } = serviceOn(t, 'a');
  const bench = prepare(t, { services: [plan], types: { a: () => waiting } });
  await bench.worker.begin();
  bench.worker.receive({ type: 'follow', on: true });
  const peer = await dialIn(t, port);
  await bench.next('session');
  bench.worker.receive({ type: 'drain', deadline: 0 });
  t.equal((await peer.rest()).toString(), '');
  peer.end();
  t.equal((await bench.next('session')).event.reason, 'drain');
  await bench.exited;
});

t.test('who does not leave in time is left behind', needsLibc, async (t) => {
  const { plan, port } = serviceOn(t, 'a');
  const stuck = Promise.withResolvers<void>();
  t.teardown(stuck.resolve);
  const bench = prepare(t, {
    services: [plan],
    types: { a: () => ({ socket: () => stuck.promise }) },
  });
  await bench.worker.begin();
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  bench.worker.receive({ type: 'drain', deadline: 1_000 });
  await quiet();
  t.equal(bench.hasExited(), false, `the program on port ${port} is at work`);
  mock.timers.tick(1_000);
  mock.timers.tick(5_999);
  await quiet();
  t.equal(bench.hasExited(), false, 'it has its time to end');
  mock.timers.tick(1);
  await bench.exited;
});

t.test('a second drain may have an earlier deadline', async (t) => {
  const { plan, port } = serviceOn(t, 'a');
  const bench = prepare(t, { services: [plan], types: { a: () => waiting } });
  await bench.worker.begin();
  bench.worker.receive({ type: 'follow', on: true });
  const peer = await dialIn(t, port);
  await bench.next('session');
  bench.worker.receive({ type: 'drain', deadline: 60_000 });
  bench.worker.receive({ type: 'drain', deadline: 0 });
  await peer.rest();
  peer.end();
  t.equal((await bench.next('session')).event.reason, 'drain');
});

t.test('stop ends everything at once, and says last what was counted', async (t) => {
  const { plan, port } = serviceOn(t, 'a');
  const stops: string[] = [];
  const bench = prepare(t, {
    services: [plan],
    types: {
      a: () => ({ connection: () => new Promise(() => {}), stop: () => void stops.push('a') }),
    },
  });
  await bench.worker.begin();
  bench.worker.receive({ type: 'follow', on: true });
  const peer = await dialIn(t, port);
  await bench.next('session');
  bench.worker.receive({ type: 'stop' });
  await bench.exited;
  await bench.worker.stop();
  t.same(stops, ['a']);
  await peer.rest().catch(() => {});
  t.equal((await bench.next('session')).event.reason, 'drain');
  t.match(bench.said.at(-1), { type: 'report', report: { sessions: 0 } });
  const { snapshot } = (await bench.next('report')).report as unknown as WorkerReport;
  t.match(
    snapshot.find((metric) => metric.name === 'portico_sessions_total'),
    { values: [{ value: 1, labels: { service: 'a' } }] },
  );
});

t.test('a service whose stop throws does not keep the others from theirs', async (t) => {
  const stops: string[] = [];
  const bench = prepare(t, {
    services: [serviceOn(t, 'a').plan, serviceOn(t, 'b').plan],
    types: {
      a: () => ({
        ...waiting,
        stop() {
          throw new Error('cannot');
        },
      }),
      b: () => ({ ...waiting, stop: () => void stops.push('b') }),
    },
  });
  await bench.worker.begin();
  await bench.worker.stop();
  t.same(stops, ['b']);
});

t.test('services talk over the bus', async (t) => {
  const { plan } = serviceOn(t, 'a');
  let context: ServiceContext | undefined;
  const bench = prepare(t, {
    services: [plan],
    types: {
      a(_options, given) {
        context = given;
        return waiting;
      },
    },
  });
  await bench.worker.begin();
  const heard: unknown[] = [];
  context?.bus.subscribe('news', (message, from) => heard.push([message, from]));
  bench.worker.receive({ type: 'bus', topic: 'news', from: 'w2', message: 'hello' });
  t.same(heard, [['hello', 'w2']]);
  const claim = context?.bus.claim('nick');
  const asked = await bench.next('ask');
  t.match(asked, { what: 'claim', argument: 'nick' });
  bench.worker.receive({ type: 'reply', id: asked.id, value: true });
  t.equal(await claim, true);
});

t.test('the admin listener asks the master', async (t) => {
  const { plan } = serviceOn(t, 'admin');
  let ask: AskMaster | undefined;
  const bench = prepare(t, {
    services: [plan],
    own: {
      admin(given) {
        ask = given;
        return moduleOf('admin', () => waiting);
      },
    },
  });
  await bench.worker.begin();
  const status = ask?.('status');
  const asked = await bench.next('ask');
  t.match(asked, { what: 'status', argument: null });
  bench.worker.receive({ type: 'reply', id: asked.id, value: { state: 'running' } });
  t.same(await status, { state: 'running' });
});

t.test('bans are there from the start, and change while the worker serves', async (t) => {
  const { plan, port } = serviceOn(t, 'a');
  const bench = prepare(t, {
    services: [plan],
    types: { a: () => ({ connection: ({ stream }) => void stream.end('served') }) },
    start: { bans: [banOf('127.0.0.1')] },
  });
  const served = async (): Promise<string> =>
    (
      await dialIn(t, port).then(
        (peer) => peer.rest(),
        () => 'refused',
      )
    ).toString();
  await bench.worker.begin();
  t.equal(await served(), '');
  bench.worker.receive({ type: 'bans', bans: [] });
  t.equal(await served(), 'served');
  bench.worker.receive({ type: 'bans', bans: [banOf('192.0.2.1'), banOf('127.0.0.1')] });
  t.equal(await served(), '');
});

t.test('whoever comes to a trap is told of', async (t) => {
  const { plan, port } = serviceOn(t, 'a', { sensor: true });
  const bench = prepare(t, { services: [plan], types: { a: () => waiting } });
  await bench.worker.begin();
  const peer = await dialIn(t, port);
  t.equal((await peer.rest()).toString(), '');
  t.match(await bench.next('ask'), {
    what: 'registry',
    argument: { what: 'sensor', service: 'a', source: '127.0.0.1', ban: 600_000 },
  });
});

t.test('a login is the registry’s to judge, and stands in the session from then on', async (t) => {
  const { plan, port } = serviceOn(t, 'a');
  const outcomes: unknown[] = [];
  const bench = prepare(t, {
    services: [plan],
    types: {
      a: () => ({
        async connection(session) {
          outcomes.push(await session.authenticate({ name: 'alice', password: 'wrong' }), session.account);
          outcomes.push(await session.authenticate({ name: 'alice', password: 'secret' }), session.account);
          await once(session.stream.resume(), 'end');
        },
      }),
    },
    start: { daemon: daemonPlan({ journal: 1_000 }) },
  });
  await bench.worker.begin();
  const peer = await dialIn(t, port);
  const first = await bench.next('ask');
  t.match(first, { what: 'registry', argument: { what: 'authenticate', service: 'a', source: '127.0.0.1' } });
  bench.worker.receive({ type: 'reply', id: first.id, value: { result: 'failed' } });
  const second = await bench.next('ask');
  const account = { name: 'alice', home: '/h', services: null, permissions: [], quota: null, mail: [] };
  bench.worker.receive({ type: 'reply', id: second.id, value: { result: 'ok', account } });
  while (outcomes.length < 4) await turn();
  t.same(outcomes, [null, null, account, account]);
  t.match(await bench.ask('sessions'), [{ account: 'alice' }]);
  peer.end();
  await peer.rest();
  await bench.worker.stop();
  const { block } = await bench.next('journal');
  t.match(parseBlock(block.text).entries, [{ service: 'a', account: 'alice', reason: 'end' }]);
});

t.test('proofs for authorities are shown at once, and to services that ask', async (t) => {
  const { plan, port } = serviceOn(t, 'a', { listen: [listenPlan('tls://127.0.0.1:0')] });
  const proof: Challenge = { kind: 'tls-alpn-01', name: 'good.example', cert: pem.goodCert, key: pem.goodKey };
  let context: ServiceContext | undefined;
  const bench = prepare(t, {
    services: [plan],
    types: {
      a(_options, given) {
        context = given;
        return waiting;
      },
    },
    start: {
      certificates: { default: { cert: pem.otherCert, key: pem.otherKey } },
      challenges: [{ kind: 'http-01', token: 'abc', keyAuthorization: 'abc.def' }],
    },
  });
  await bench.worker.begin();
  t.equal(context?.acmeAnswer('abc'), 'abc.def');
  t.equal(await bench.ask('challenge', [proof]), true);
  t.equal(context?.acmeAnswer('abc'), null, 'the list is always whole');
  const socket = tls.connect({
    socket: (await dialIn(t, port)).socket,
    rejectUnauthorized: false,
    ALPNProtocols: ['acme-tls/1'],
    servername: 'good.example',
  });
  await once(socket, 'secureConnect');
  t.equal(socket.getPeerX509Certificate()?.subject, 'CN=good.example');
  socket.destroy();
  t.equal(await bench.ask('challenge', []), true);
});

t.test('who is no registry answers as none', async (t) => {
  const bench = prepare(t, { services: [serviceOn(t, 'a').plan], types: { a: () => waiting } });
  await bench.worker.begin();
  t.equal(await bench.ask('registry', { what: 'bans' }), null);
  bench.worker.receive({ type: 'accounts', records: [] });
  t.equal(await bench.ask('registry', { what: 'bans' }), null);
});

t.test('renewed certificates reach the services', async (t) => {
  const { plan, port } = serviceOn(t, 'a', { listen: [listenPlan('tls://127.0.0.1:0')] });
  const bench = prepare(t, {
    services: [plan],
    types: { a: () => waiting },
    start: { certificates: { default: { cert: pem.goodCert, key: pem.goodKey } } },
  });
  await bench.worker.begin();
  bench.worker.receive({
    type: 'certificates',
    certificates: { default: { cert: pem.otherCert, key: pem.otherKey } },
  } satisfies ToWorker);
  const socket = tls.connect({ socket: (await dialIn(t, port)).socket, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  t.equal(socket.getPeerX509Certificate()?.subject, 'CN=other.example');
  socket.destroy();
});

t.test('log files are those that the master has opened, before and after a rotation', async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'portico.log');
  const open = (): number => fs.openSync(path, 'a');
  let log: ServiceContext['log'] | undefined;
  const bench = prepare(t, {
    services: [serviceOn(t, 'a').plan],
    types: {
      a(_options, context) {
        log = context.log;
        return waiting;
      },
    },
    start: {
      logging: { ...noLogging, outputs: [{ kind: 'file', path, format: 'json' }] },
      logFiles: { [path]: open() },
    },
    receiveDescriptors: () => new Map([[path, open()]]),
  });
  await bench.worker.begin();
  // Lines are written off the event loop.
  const written = async (text: string): Promise<void> => {
    while (!fs.readFileSync(path, 'utf8').includes(text)) await turn();
  };
  log?.info('before');
  await written('before');
  fs.renameSync(path, `${path}.1`);
  bench.worker.receive({ type: 'reopen', paths: [path] });
  log?.info('after');
  await written('after');
  bench.worker.crashed(new Error('thrown somewhere'));
  await bench.worker.stop();
  const lines = (file: string): unknown[] =>
    fs
      .readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);
  t.match(lines(`${path}.1`), [{ message: 'before', service: 'a' }]);
  t.match(lines(path), [
    { message: 'after', service: 'a' },
    { event: 'worker.crash', severity: 'crit', error: 'thrown somewhere' },
  ]);
});
