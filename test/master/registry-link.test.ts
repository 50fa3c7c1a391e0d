import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';

import type { Ban } from '../../src/contract/ban.ts';
import type { Json } from '../../src/contract/bus.ts';
import type { ServicePlan } from '../../src/contract/plan.ts';
import type { Challenge } from '../../src/contract/registry.ts';
import { createRegistryLink, type RegistryLink } from '../../src/master/registry-link.ts';
import { recordOf } from '../accounts/records.ts';
import { createFakePoolWorker, type FakePoolWorker, type FakePoolWorkerOptions } from '../support/fake-worker.ts';
import { servicePlan } from '../support/plans.ts';
import { loginRequest } from '../support/registry.ts';
import { itemIdOf, newItem } from '../support/spool.ts';

interface Bench {
  readonly link: RegistryLink;
  join(id: string, options?: FakePoolWorkerOptions): FakePoolWorker;
  leave(worker: FakePoolWorker): void;
}

/** What the pools serve; a login is for the first of them. */
const services: Readonly<Record<string, readonly ServicePlan[]>> = {
  main: [servicePlan({ name: 'echo' })],
  alone: [servicePlan({ name: 'files', type: 'sftp' })],
};

function setUp(): Bench {
  const workers = new Set<FakePoolWorker>();
  const link = createRegistryLink(
    () => [...workers],
    (pool) => services[pool] ?? [],
  );
  return {
    link,
    join(id, options = {}) {
      const worker = createFakePoolWorker(id, options);
      workers.add(worker);
      link.joined(worker);
      return worker;
    },
    leave(worker) {
      workers.delete(worker);
      link.left(worker);
    },
  };
}

const registry: FakePoolWorkerOptions = { pool: '@registry' };
const login = loginRequest({
  limits: { authFailures: { count: 10, window: 600_000 }, ban: 600_000 },
}) as unknown as Json;
const banOf = (source: string): Ban => ({ source, until: null, reason: 'manual', service: null, since: 1 });
const proof: Challenge = { kind: 'http-01', token: 'abc', keyAuthorization: 'abc.def' };
const otherProof: Challenge = { kind: 'tls-alpn-01', name: 'a.example', cert: 'C', key: 'K' };

t.test('hands on what workers ask, and gives them the answer', async (t) => {
  const { link, join } = setUp();
  const a = join('a');
  const r = join('r', { ...registry, answer: () => ({ result: 'failed' }) });
  t.same(await link.answer(a, 'registry', login), { result: 'failed' });
  t.same(r.asked, [{ what: 'registry', argument: login, timeoutMs: 60_000 }]);
  t.same(await link.ask({ what: 'bans' }, 8_000), { result: 'failed' });
  t.match(r.asked[1], { argument: { what: 'bans' }, timeoutMs: 8_000 });
});

t.test('what a service is and may do is in the plan, whatever the worker says', async (t) => {
  const { link, join } = setUp();
  const worker = join('a', { pool: 'alone' });
  const r = join('r', { ...registry, answer: () => ({ result: 'failed' }) });
  const said = loginRequest({
    service: 'files',
    type: 'smtp',
    limits: { authFailures: { count: 1_000_000, window: 1 }, ban: 1 },
  });
  await link.answer(worker, 'registry', said as unknown as Json);
  await link.answer(worker, 'registry', { what: 'sensor', service: 'files', source: '192.0.2.1', ban: 1 });
  t.same(
    r.asked.map(({ argument }) => argument),
    [
      {
        what: 'authenticate',
        service: 'files',
        type: 'sftp',
        source: '192.0.2.1',
        credentials: { name: 'alice', password: 'secret' },
        limits: { authFailures: { count: 10, window: 600_000 }, ban: 600_000 },
      },
      { what: 'sensor', service: 'files', source: '192.0.2.1', ban: 600_000 },
    ],
  );
});

t.test('who asks for a service that is not its own has no answer, and lives on', async (t) => {
  const { link, join } = setUp();
  const r = join('r', { ...registry, answer: () => ({ result: 'failed' }) });
  const touch = { what: 'sensor', service: 'echo', source: '192.0.2.1', ban: 600_000 };
  for (const pool of ['alone', 'gone']) {
    const worker = join(pool, { pool });
    t.equal(await link.answer(worker, 'registry', login), null);
    t.equal(await link.answer(worker, 'registry', touch), null);
  }
  t.same(r.asked, [], 'nobody was counted, nor banned');
});

t.test('the courier hears of what there is to deliver, and nobody else', async (t) => {
  const { link, join } = setUp();
  const a = join('a');
  const r = join('r', registry);
  const courier = join('c', { pool: '@courier' });
  link.receive(r, { type: 'queued' });
  t.same([a.told, r.told, courier.told], [[], [], [{ type: 'queued' }]]);
  link.receive(r, { type: 'queued', tryNow: 'hook' });
  t.same(courier.told[1], { type: 'queued', tryNow: 'hook' }, 'an order goes with it');
});

t.test('things in the spool are for every worker to tell of', async (t) => {
  const { link, join } = setUp();
  const a = join('a');
  const r = join('r', { ...registry, answer: () => true });
  const question = { what: 'enqueue', items: [newItem(itemIdOf('a'), ['archive'])] } as unknown as Json;
  t.equal(await link.answer(a, 'registry', question), true);
  t.match(r.asked, [{ argument: { what: 'enqueue' } }]);
  const wrong = { what: 'enqueue', items: [newItem('../../passwd', [])] } as unknown as Json;
  t.throws(() => link.answer(a, 'registry', wrong), {
    message: 'expected a question that workers may ask the registry',
  });
});

t.test('what workers may not ask, they cannot', async (t) => {
  const { link, join } = setUp();
  const a = join('a');
  const r = join('r', registry);
  for (const argument of [null, { what: 'unban', source: '192.0.2.1' }, { what: 'journal', query: {} }])
    t.throws(() => link.answer(a, 'registry', argument), {
      message: 'expected a question that workers may ask the registry',
    });
  t.throws(() => link.answer(a, 'challenge', { challenge: proof, on: true }), {
    message: 'only the registry shows challenges',
  });
  t.throws(() => link.receive(a, { type: 'bans', bans: [] }), { message: 'only the registry tells bans' });
  t.throws(() => link.receive(a, { type: 'queued' }), { message: 'only the registry tells queued' });
  await turn();
  t.same(r.asked, []);
  t.same(link.bans(), []);
  t.same(link.challenges(), []);
});

t.test('while there is none, the next is waited for', async (t) => {
  const { link, join, leave } = setUp();
  const answer = link.ask({ what: 'bans' });
  await turn();
  const first = join('r1', { ...registry, answer: () => ['first'] });
  t.same(await answer, ['first']);
  leave(first);
  const others = [1, 2, 3].map(() => link.ask({ what: 'bans' }));
  await turn();
  join('r2', { ...registry, answer: () => ['second'] });
  t.same(await Promise.all(others), [['second'], ['second'], ['second']]);
});

t.test('but not for ever', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const { link } = setUp();
  const answer = link.ask({ what: 'bans' });
  await Promise.resolve();
  mock.timers.tick(10_000);
  t.equal(await answer, null);
});

t.test('one that ends with a question is followed by one that answers it', async (t) => {
  const { link, join, leave } = setUp();
  const asked = Promise.withResolvers<Json>();
  const first = join('r1', { ...registry, answer: () => asked.promise });
  const answer = link.ask({ what: 'bans' });
  await turn();
  leave(first);
  asked.resolve(null);
  await turn();
  join('r2', { ...registry, answer: () => ['second'] });
  t.same(await answer, ['second']);
});

t.test('one that is silent although it lives is not asked twice', async (t) => {
  const { link, join } = setUp();
  const r = join('r', registry);
  t.equal(await link.ask({ what: 'bans' }), null);
  t.equal(r.asked.length, 1);
});

t.test('after a reload there are two for a while: the new one is asked, the old one still does its work', async (t) => {
  const { link, join, leave } = setUp();
  const a = join('a');
  const old = join('r1', { ...registry, answer: () => ['old'] });
  const fresh = join('r2', { ...registry, answer: () => ['new'] });
  t.same(await link.ask({ what: 'bans' }), ['new']);
  link.receive(old, { type: 'bans', bans: [banOf('192.0.2.1')] });
  t.same(link.bans(), [], 'it knows less');
  link.receive(fresh, { type: 'bans', bans: [banOf('192.0.2.2')] });
  leave(old);
  t.same(link.bans(), [banOf('192.0.2.2')]);
  t.same(await link.ask({ what: 'bans' }), ['new']);
  leave(old);
  t.same(await link.ask({ what: 'bans' }), ['new'], 'who has left cannot leave again');
  t.same(a.told, [{ type: 'bans', bans: [banOf('192.0.2.2')] }]);
});

t.test('bans are told to all that have services, and kept for those that come', async (t) => {
  const { link, join } = setUp();
  const [a, b, admin] = [join('a'), join('b'), join('c', { pool: '@admin' })];
  const r = join('r', registry);
  let isTold = false;
  void link.hasBans.then(() => (isTold = true));
  await turn();
  t.equal(isTold, false);
  link.receive(r, { type: 'bans', bans: [] });
  await link.hasBans;
  const bans = [banOf('192.0.2.1')];
  link.receive(r, { type: 'bans', bans });
  for (const worker of [a, b])
    t.same(worker.told, [
      { type: 'bans', bans: [] },
      { type: 'bans', bans },
    ]);
  t.same([admin.told, r.told], [[], []]);
  t.same(link.bans(), bans);
});

t.test('fifty thousand bans, and not one more', async (t) => {
  const { link, join } = setUp();
  const r = join('r', registry);
  const bans = Array.from({ length: 50_001 }, (_, index) =>
    banOf(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`),
  );
  link.receive(r, { type: 'bans', bans: bans.slice(0, 50_000) });
  t.equal(link.bans().length, 50_000);
  link.receive(r, { type: 'bans', bans });
  t.equal(link.bans().length, 50_000);
});

t.test('accounts go to each registry there is and will be, and to nobody else', async (t) => {
  const { link, join } = setUp();
  const a = join('a');
  const first = join('r1', registry);
  t.same(first.told, [], 'none were read yet');
  const records = [recordOf('alice', { password: 'hash' })];
  link.useAccounts(records);
  const second = join('r2', registry);
  link.useAccounts([]);
  t.same(first.told, [
    { type: 'accounts', records },
    { type: 'accounts', records: [] },
  ]);
  t.same(second.told, first.told);
  t.same(a.told, []);
});

t.test('the journal goes to the newest, or nowhere', async (t) => {
  const { link, join, leave } = setUp();
  const a = join('a');
  const block = { from: 1, to: 2, count: 1, text: 'x' };
  link.receive(a, { type: 'journal', block });
  const [first, second] = [join('r1', registry), join('r2', registry)];
  link.receive(a, { type: 'journal', block });
  t.same([first.told, second.told], [[], [{ type: 'journal', block }]]);
  leave(second);
  link.receive(a, { type: 'journal', block });
  t.same(first.told, [{ type: 'journal', block }]);
});

t.test('challenges', async (t) => {
  t.test('are shown by all that serve before that is confirmed', async (t) => {
    const { link, join } = setUp();
    const shown = Promise.withResolvers<Json>();
    const a = join('a', { answer: () => shown.promise });
    const b = join('b', { pool: '@acme', answer: () => true });
    const r = join('r', registry);
    let isConfirmed = false;
    const confirmed = Promise.resolve(link.answer(r, 'challenge', { challenge: proof, on: true })).then(
      () => (isConfirmed = true),
    );
    await turn();
    t.same(a.asked, [{ what: 'challenge', argument: [proof], timeoutMs: 2_000 }]);
    t.same(b.asked, a.asked);
    t.same(r.asked, []);
    t.equal(isConfirmed, false);
    shown.resolve(true);
    await confirmed;
    t.same(link.challenges(), [proof], 'for those that come');
  });

  t.test('come and go each by itself', async (t) => {
    const { link, join } = setUp();
    const a = join('a', { answer: () => true });
    const r = join('r', registry);
    const change = (challenge: Challenge, on: boolean): Promise<Json> =>
      Promise.resolve(link.answer(r, 'challenge', { challenge, on }));
    await change(proof, true);
    await change(otherProof, true);
    await change(proof, true);
    await change(proof, false);
    await change(proof, false);
    t.same(
      a.asked.map(({ argument }) => argument),
      [[proof], [proof, otherProof], [otherProof, proof], [otherProof], [otherProof]],
    );
    t.same(link.challenges(), [otherProof]);
  });

  t.test('of a registry that has ended are shown no longer to those that come', async (t) => {
    const { link, join, leave } = setUp();
    const r = join('r', registry);
    await link.answer(r, 'challenge', { challenge: proof, on: true });
    leave(r);
    t.same(link.challenges(), []);
  });
});
