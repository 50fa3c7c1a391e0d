import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';

import type { Json } from '../../src/contract/bus.ts';
import type { SessionEvent, SessionReport, ToWorker } from '../../src/contract/channel.ts';
import { readService, type Snapshot } from '../../src/logging/snapshot.ts';
import { createFleet, type Fleet, type FleetOptions, type WorkerReport } from '../../src/master/fleet.ts';
import type { PoolWorker } from '../../src/master/pool.ts';
import { servicePlan } from '../support/plans.ts';

interface FakeWorker extends PoolWorker {
  readonly told: ToWorker[];
  /** What it answers; a worker that is too busy answers null. */
  readonly answers: Record<Parameters<PoolWorker['ask']>[0], Json>;
}

function createWorker(id: string, answers: Partial<FakeWorker['answers']> = {}, pool = 'main'): FakeWorker {
  const told: ToWorker[] = [];
  const worker: FakeWorker = {
    process: {
      id,
      pid: 1,
      descriptors: [-1, -1],
      exited: Promise.withResolvers<never>().promise,
      send: (message) => void told.push(message),
      passLogFiles() {},
      flushed: () => Promise.resolve(),
      rest: () => '',
      kill() {},
    },
    pool,
    generation: 1,
    restarts: 0,
    rss: 0,
    told,
    answers: { report: null, sessions: null, kick: false, registry: null, challenge: null, ...answers },
    ask: async (what) => worker.answers[what],
  };
  return worker;
}

function fleetOf(workers: readonly FakeWorker[], options: Partial<FleetOptions> = {}): Fleet {
  const fleet = createFleet({
    answer: async (what) => `${what} of the daemon`,
    services: () => [servicePlan({ name: 'echo' })],
    ...options,
  });
  for (const worker of workers) fleet.joined(worker);
  return fleet;
}

/** What a worker reports that has had so many sessions of the service echo. */
function report(total: number, active: number): Json {
  const snapshot: Snapshot = [
    { name: 'portico_sessions_total', help: '', type: 'counter', aggregator: 'sum', values: [value(total)] },
    { name: 'portico_sessions_active', help: '', type: 'gauge', aggregator: 'sum', values: [value(active)] },
  ];
  return { snapshot, sessions: active, rss: 1000 } satisfies WorkerReport as unknown as Json;
}

const value = (number: number) => ({ value: number, labels: { service: 'echo' } });

async function totals(fleet: Fleet): Promise<{ total: number; active: number }> {
  const { total, active } = readService(await fleet.snapshots(), 'echo');
  return { total, active };
}

function session(id: string): SessionReport {
  return {
    id,
    service: 'echo',
    peer: '127.0.0.1:4000',
    local: '127.0.0.1:2007',
    account: null,
    tls: null,
    started: '2026-01-02T03:04:05.000Z',
    bytes: { in: 1, out: 2 },
    state: 'active',
  };
}

const login = {
  what: 'authenticate',
  service: 'echo',
  type: 'echo',
  source: '192.0.2.1',
  credentials: { name: 'alice', password: 'secret' },
  limits: { authFailures: { count: 10, window: 600_000 }, ban: 600_000 },
};

t.test('totals', async (t) => {
  t.test('are those of all workers', async (t) => {
    const fleet = fleetOf([createWorker('a', { report: report(5, 2) }), createWorker('b', { report: report(7, 1) })]);
    t.same(await totals(fleet), { total: 12, active: 3 });
    t.match((await fleet.reports()).get('b'), { sessions: 1, rss: 1000 });
  });

  t.test('do not go backwards when a worker leaves', async (t) => {
    const [a, b] = [createWorker('a', { report: report(5, 2) }), createWorker('b', { report: report(7, 1) })];
    const fleet = fleetOf([a, b]);
    await fleet.snapshots();
    fleet.left(a);
    t.same(await totals(fleet), { total: 12, active: 1 });
    fleet.joined(createWorker('c', { report: report(1, 1) }));
    t.same(await totals(fleet), { total: 13, active: 2 });
    fleet.left(b);
    t.same(await totals(fleet), { total: 13, active: 1 });
  });

  t.test('have the last word of a worker that ends', async (t) => {
    const a = createWorker('a', { report: report(5, 2) });
    const fleet = fleetOf([a]);
    await fleet.snapshots();
    fleet.receive(a, { type: 'report', report: report(9, 0) });
    fleet.left(a);
    t.same(await totals(fleet), { total: 9, active: 0 });
  });

  t.test('have what a worker said last when it is too busy to answer', async (t) => {
    const a = createWorker('a', { report: report(5, 2) });
    const fleet = fleetOf([a]);
    await fleet.snapshots();
    a.answers.report = null;
    t.same(await totals(fleet), { total: 5, active: 2 });
  });

  t.test('take no report that has another shape', async (t) => {
    const a = createWorker('a', { report: report(5, 2) });
    const fleet = fleetOf([a]);
    await fleet.snapshots();
    const metric = { name: 'portico_sessions_total', type: 'counter' };
    for (const said of [
      'five',
      {},
      { snapshot: [], sessions: 'many', rss: 1 },
      { snapshot: {}, sessions: 1, rss: 1 },
      { snapshot: [null], sessions: 1, rss: 1 },
      { snapshot: [metric], sessions: 1, rss: 1 },
      { snapshot: [{ ...metric, values: [{ value: '5', labels: {} }] }], sessions: 1, rss: 1 },
    ]) {
      a.answers.report = said;
      fleet.receive(a, { type: 'report', report: said });
      t.same(await totals(fleet), { total: 5, active: 2 }, JSON.stringify(said));
    }
  });

  t.test('count an answer once that comes after its worker has left', async (t) => {
    const late = Promise.withResolvers<Json>();
    const a = { ...createWorker('a'), ask: () => late.promise };
    const fleet = fleetOf([a]);
    const counted = totals(fleet);
    fleet.receive(a, { type: 'report', report: report(9, 0) });
    fleet.left(a);
    late.resolve(report(8, 1));
    t.same(await counted, { total: 9, active: 0 });
    t.same(await totals(fleet), { total: 9, active: 0 });
  });

  t.test('keep the last report before an answer that came in front of it', async (t) => {
    const late = Promise.withResolvers<Json>();
    const a = { ...createWorker('a'), ask: () => late.promise };
    const fleet = fleetOf([a]);
    const counted = fleet.snapshots();
    // Both in one read: the answer only resolves a promise, the report is taken in at once.
    late.resolve(report(8, 1));
    fleet.receive(a, { type: 'report', report: report(9, 0) });
    await counted;
    fleet.left(a);
    t.same(await totals(fleet), { total: 9, active: 0 });
  });

  t.test('have the last word of a worker that ends while the master becomes the next', async (t) => {
    const a = createWorker('a');
    const before = fleetOf([a]);
    before.receive(a, { type: 'report', report: report(9, 0) });
    const after = fleetOf([]);
    after.restore(JSON.parse(JSON.stringify(before.save())) as ReturnType<Fleet['save']>);
    after.joined(a);
    after.left(a);
    t.same(await totals(after), { total: 9, active: 0 });
  });

  t.test('go over to the next master', async (t) => {
    const a = createWorker('a', { report: report(5, 2) });
    const before = fleetOf([a]);
    await before.snapshots();
    before.left(a);
    const after = fleetOf([createWorker('b', { report: report(1, 1) })]);
    after.restore(JSON.parse(JSON.stringify(before.save())) as ReturnType<Fleet['save']>);
    t.same(await totals(after), { total: 6, active: 1 });
  });
});

t.test('a worker that counts things up and ends, over and over, does not fill the master', async (t) => {
  const values = (worker: string) =>
    Array.from({ length: 30_000 }, (_, index) => ({ value: 1, labels: { made: `${worker} ${index}` } }));
  const made = (worker: string): Json => ({
    snapshot: [{ name: 'made_up', help: '', type: 'counter', aggregator: 'sum', values: values(worker) }],
    sessions: 0,
    rss: 1,
  });
  const fleet = createFleet({ answer: async () => null, services: () => [] });
  for (const id of ['a', 'b', 'c']) {
    const worker = createWorker(id, { report: made(id) });
    fleet.joined(worker);
    await fleet.reports();
    fleet.left(worker);
  }
  t.equal(fleet.save().retired[0]?.values.length, 30_000);
});

t.test('what a worker lists that is no session is left out', async (t) => {
  const fleet = fleetOf([
    createWorker('a', { sessions: [session('aaa'), { id: '\u001b[31m' }, null] as unknown as Json }),
    createWorker('b', { sessions: 'many' }),
  ]);
  t.same(await fleet.sessions(), [session('aaa')]);
});

t.test('sessions are those of all workers but the admin listener’s', async (t) => {
  const fleet = fleetOf([
    createWorker('a', { sessions: [session('one'), session('two')] as unknown as Json }),
    createWorker('busy'),
    createWorker('b', { sessions: [session('three')] as unknown as Json }),
    createWorker('c', { sessions: [session('scrape')] as unknown as Json }, '@admin'),
  ]);
  t.same(
    (await fleet.sessions()).map(({ id }) => id),
    ['one', 'two', 'three'],
  );
});

t.test('kick finds the worker that has the session', async (t) => {
  t.equal(await fleetOf([createWorker('a'), createWorker('b', { kick: true })]).kick('x'), true);
  t.equal(await fleetOf([createWorker('a'), createWorker('busy', { kick: null })]).kick('x'), false);
  t.equal(await fleetOf([]).kick('x'), false);
});

t.test('follow', async (t) => {
  const event: SessionEvent = { event: 'start', session: session('one') };
  const [a, admin] = [createWorker('a'), createWorker('b', {}, '@admin')];
  const fleet = fleetOf([a, admin]);
  const heard: string[] = [];
  const endFirst = fleet.follow(({ session: { id } }) => heard.push(`first ${id}`));
  const endSecond = fleet.follow(({ session: { id } }) => heard.push(`second ${id}`));
  t.match(a.told[0], { type: 'follow', on: true });
  t.same(admin.told, [], 'who asks over the admin listener is no session');

  fleet.receive(a, { type: 'session', event });
  t.same(heard, ['first one', 'second one']);

  const late = createWorker('late');
  fleet.joined(late);
  t.same(late.told, [{ type: 'follow', on: true }], 'a worker that comes later hears of it');

  endFirst();
  fleet.receive(late, { type: 'session', event });
  t.same(heard, ['first one', 'second one', 'second one']);
  t.same(late.told.length, 1, 'somebody follows still');
  endSecond();
  t.same(late.told.at(-1), { type: 'follow', on: false });
  t.same(a.told.at(-1), { type: 'follow', on: false });
});

t.test('send reaches every worker there is', async (t) => {
  const [a, b] = [createWorker('a'), createWorker('b')];
  const fleet = fleetOf([a, b]);
  fleet.left(a);
  fleet.send({ type: 'stop' });
  t.same(
    [a.told.filter(({ type }) => type === 'stop').length, b.told.filter(({ type }) => type === 'stop').length],
    [0, 1],
  );
  t.same(fleet.workers(), [b]);
});

t.test('workers ask', async (t) => {
  t.test('the daemon what only it knows', async (t) => {
    const a = createWorker('a');
    fleetOf([a]).receive(a, { type: 'ask', id: 3, what: 'status', argument: null });
    await turn();
    t.same(a.told, [{ type: 'reply', id: 3, value: 'status of the daemon' }]);
  });

  t.test('and have no answer where it has none', async (t) => {
    const a = createWorker('a');
    const fleet = fleetOf([a], { answer: () => Promise.reject(new Error('the daemon is starting')) });
    fleet.receive(a, { type: 'ask', id: 3, what: 'status', argument: null });
    await turn();
    t.same(a.told, [{ type: 'reply', id: 3, value: null }]);
  });

  t.test('and have none where it is too long for a message: the master lives on', async (t) => {
    const a = createWorker('a');
    const send = (message: ToWorker): void => {
      if ('value' in message && message.value !== null) throw new RangeError('message of 20000000 bytes');
      a.told.push(message);
    };
    const worker = { ...a, process: { ...a.process, send } };
    fleetOf([worker]).receive(worker, { type: 'ask', id: 3, what: 'sessions', argument: null });
    await turn();
    t.same(a.told, [{ type: 'reply', id: 3, value: null }]);
  });

  t.test('a hundred questions at once, names aside', async (t) => {
    const a = createWorker('a');
    const fleet = fleetOf([a]);
    const ask = (what: 'status' | 'claim'): void =>
      fleet.receive(a, { type: 'ask', id: 1, what, argument: `name ${a.told.length}` });
    for (let count = 0; count < 100; count++) ask('status');
    for (let count = 0; count < 200; count++) ask('claim');
    t.throws(() => ask('status'), { message: 'more than 100 questions at once' });
    await turn();
    ask('status');
    await turn();
    t.equal(a.told.length, 301);
  });

  t.test('for names and for each other', async (t) => {
    const [a, b] = [createWorker('a'), createWorker('b')];
    const fleet = fleetOf([a, b]);
    fleet.receive(a, { type: 'ask', id: 1, what: 'claim', argument: 'nick:bob' });
    fleet.receive(b, { type: 'ask', id: 1, what: 'claim', argument: 'nick:bob' });
    fleet.receive(a, { type: 'bus-answers', topic: 'sum', on: true });
    fleet.receive(b, { type: 'ask', id: 2, what: 'bus', argument: { topic: 'sum', message: 5 } });
    await turn();
    const asked = a.told.find(({ type }) => type === 'bus-ask') as Extract<ToWorker, { type: 'bus-ask' }>;
    t.match(asked, { topic: 'sum', from: 'b', message: 5 });
    fleet.receive(a, { type: 'bus-reply', id: asked.id, to: 'b', reply: 6 });
    await turn();
    t.same(
      a.told.filter(({ type }) => type === 'reply'),
      [{ type: 'reply', id: 1, value: true }],
    );
    t.same(b.told, [
      { type: 'reply', id: 1, value: false },
      { type: 'reply', id: 2, value: [{ from: 'a', reply: 6 }] },
    ]);
  });

  t.test('the registry to let somebody in, and it is asked', async (t) => {
    const a = createWorker('a');
    const registry = createWorker('r', { registry: { result: 'failed' } }, '@registry');
    const fleet = fleetOf([a, registry]);
    fleet.receive(a, { type: 'ask', id: 7, what: 'registry', argument: login });
    while (a.told.length === 0) await turn();
    t.same(a.told, [{ type: 'reply', id: 7, value: { result: 'failed' } }]);
  });

  t.test('but to services of their own pool only', async (t) => {
    const a = createWorker('a');
    const alone = createWorker('b', {}, 'alone');
    const registry = createWorker('r', { registry: { result: 'failed' } }, '@registry');
    const services: FleetOptions['services'] = (pool) => [servicePlan({ name: pool === 'main' ? 'echo' : 'other' })];
    const fleet = fleetOf([a, alone, registry], { services });
    for (const worker of [a, alone]) fleet.receive(worker, { type: 'ask', id: 7, what: 'registry', argument: login });
    while (a.told.length === 0 || alone.told.length === 0) await turn();
    t.same(a.told, [{ type: 'reply', id: 7, value: { result: 'failed' } }]);
    t.same(alone.told, [{ type: 'reply', id: 7, value: null }]);
  });

  t.test('and are ended when they ask it what is not theirs', async (t) => {
    const a = createWorker('a');
    const fleet = fleetOf([a, createWorker('r', { registry: true }, '@registry')]);
    for (const argument of [
      null,
      { what: 'unban', source: '192.0.2.1' },
      { what: 'bans' },
      { ...login, source: 'x' },
    ]) {
      t.throws(() => fleet.receive(a, { type: 'ask', id: 1, what: 'registry', argument }), {
        message: 'expected a question that workers may ask the registry',
      });
    }
    const challenge = { kind: 'http-01', token: 'abc', keyAuthorization: 'abc.def' } as const;
    t.throws(() => fleet.receive(a, { type: 'ask', id: 1, what: 'challenge', argument: { challenge, on: true } }), {
      message: 'only the registry shows challenges',
    });
    t.throws(() => fleet.receive(a, { type: 'bans', bans: [] }), { message: 'only the registry tells bans' });
    await turn();
    t.same(a.told, []);
  });

  t.test('a hundred of them at once as well, while the registry thinks', async (t) => {
    const a = createWorker('a');
    const thinking = Promise.withResolvers<Json>();
    const registry = { ...createWorker('r', {}, '@registry'), ask: () => thinking.promise };
    const fleet = fleetOf([a, registry]);
    const ask = (id: number): void => fleet.receive(a, { type: 'ask', id, what: 'registry', argument: login });
    for (let id = 0; id < 100; id++) ask(id);
    t.throws(() => ask(100), { message: 'more than 100 questions at once' });
    thinking.resolve({ result: 'busy' });
    while (a.told.length < 100) await turn();
    ask(101);
    while (a.told.length < 101) await turn();
    t.match(a.told.at(-1), { id: 101, value: { result: 'busy' } });
  });

  t.test('and hear nothing of the house’s own, nor it of them', async (t) => {
    const [a, b] = [createWorker('a'), createWorker('b')];
    const own = ['@admin', '@registry', '@courier'].map((pool) => createWorker(pool, {}, pool));
    const fleet = fleetOf([a, b, ...own]);
    fleet.receive(a, { type: 'bus', topic: 'news', message: 'hello' });
    t.same(b.told, [{ type: 'bus', topic: 'news', from: 'a', message: 'hello' }]);
    for (const worker of own) {
      t.same(worker.told, []);
      fleet.left(worker);
    }
    fleet.left(a);
    t.same(
      own.map(({ told }) => told),
      [[], [], []],
    );
  });

  t.test('and hear of each other’s end', async (t) => {
    const [a, b] = [createWorker('a'), createWorker('b')];
    const fleet = fleetOf([a, b]);
    fleet.left(a);
    t.same(b.told, [{ type: 'bus-gone', id: 'a' }]);
  });
});
