import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { mock } from 'node:test';
import t, { type Test } from 'tap';

import type { ChallengeChange } from '../../src/contract/registry.ts';
import { createAcmeKeeper, type AcmeKeeper } from '../../src/registry/acme-keeper.ts';
import { makeFolder } from '../support/acme-authority.ts';
import { startAcmeServer, type AcmeServer } from '../support/acme-server.ts';
import { needProgram } from '../support/peers.ts';
import { acmePlan } from '../support/plans.ts';
import { createFakeHouse, type FakeHouse } from '../support/registry.ts';

interface Bench {
  readonly server: AcmeServer;
  readonly house: FakeHouse;
  readonly folder: string;
  /** Asks for nothing by itself, unless it is due. */
  keeper(certificates: Readonly<Record<string, readonly string[]>>, isDue?: boolean): AcmeKeeper;
  file(name: string): string;
}

/** An authority, and what shows it the proofs that the keeper wants shown. */
async function setUp(t: Test): Promise<Bench> {
  const shown = new Map<string, string>();
  const responder = createServer((request, response) => {
    const answer = shown.get(request.url?.split('/').at(-1) ?? '');
    response.writeHead(answer === undefined ? 404 : 200).end(answer);
  });
  responder.listen(0, '127.0.0.1');
  await once(responder, 'listening');
  t.teardown(() => responder.close());
  const challengePort = (responder.address() as AddressInfo).port;
  const server = await startAcmeServer(t, { challengePort });
  const changes: ChallengeChange[] = [];
  const house = createFakeHouse({
    async showChallenge(change) {
      changes.push(change);
      const { challenge, on } = change;
      if (challenge.kind !== 'http-01') throw new Error(`not asked for: ${challenge.kind}`);
      if (on) shown.set(challenge.token, challenge.keyAuthorization);
      else shown.delete(challenge.token);
    },
  });
  const folder = join(makeFolder(t), 'acme');
  return {
    server,
    house: { ...house, challenges: changes },
    folder,
    file: (name) => join(folder, name),
    keeper(certificates, isDue = false) {
      if (!isDue) rest(folder, Object.keys(certificates));
      const acme = Object.fromEntries(
        Object.entries(certificates).map(([name, names]) => [
          name,
          { ...acmePlan({ names, directory: server.directory }), caText: server.ca },
        ]),
      );
      const keeper = createAcmeKeeper({ options: { acme, acmeFolder: folder }, house });
      t.teardown(() => keeper.close());
      return keeper;
    },
  };
}

/** As after a success: it is not time for the next one. */
function rest(folder: string, names: readonly string[]): void {
  if (names.length > 0) mkdirSync(folder, { recursive: true });
  for (const name of names)
    writeFileSync(join(folder, `${name}.pause`), JSON.stringify({ failures: 0, until: Date.now() + 3_600_000 }));
}

const orders = (server: AcmeServer): number => server.asked.filter((step) => step === 'POST new-order').length;

if (needProgram(t, 'openssl') !== null) {
  t.test(
    'gets a certificate when it is asked to, shows the proof as long as it is wanted, and keeps both halves',
    async (t) => {
      const { keeper, file, house } = await setUp(t);
      t.same(await keeper({ public: ['a.example'] }).renew([]), { renewed: ['public'], failed: [] });
      const certificate = new X509Certificate(readFileSync(file('public.pem'), 'utf8'));
      t.equal(certificate.subjectAltName, 'DNS:a.example');
      t.equal(statSync(file('public.key')).mode & 0o777, 0o600);
      t.equal(statSync(file('public.pem')).mode & 0o777, 0o644);
      t.match(house.challenges, [
        { on: true, challenge: { kind: 'http-01' } },
        { on: false, challenge: { kind: 'http-01' } },
      ]);
      t.same(house.challenges[0]?.challenge, house.challenges[1]?.challenge);
      t.same(house.events, [], 'that there is a new one is told by who serves it');
    },
  );

  t.test('only those that are named, with one account for all', async (t) => {
    const { keeper, server } = await setUp(t);
    const own = keeper({ one: ['a.example'], two: ['b.example'], three: ['c.example'] });
    t.same(await own.renew(['two', 'elsewhere']), { renewed: ['two'], failed: [] });
    t.same(await own.renew(['three', 'one']), { renewed: ['one', 'three'], failed: [] });
    t.equal(orders(server), 3);
    t.equal(server.accounts.size, 1);
  });

  t.test('one after the other, also for several who ask', async (t) => {
    const { keeper, server } = await setUp(t);
    const own = keeper({ one: ['a.example'], two: ['b.example'] });
    await Promise.all([own.renew(['one']), own.renew(['two'])]);
    const steps = server.asked.filter((step) => /new-order|certificate/.test(step));
    t.same(steps, ['POST new-order', 'POST certificate', 'POST new-order', 'POST certificate']);
  });

  t.test('a failure is told with its reason and the time of the next try', async (t) => {
    const { keeper, server, house, folder } = await setUp(t);
    server.trouble.disbelieved = ['b.example'];
    const own = keeper({ bad: ['b.example'], good: ['a.example'] });
    t.match(await own.renew([]), { renewed: ['good'], failed: [{ name: 'bad', reason: /b\.example/ }] });
    const { certificate, reason, again } = await house.next('certificate.failed');
    t.equal(certificate, 'bad');
    t.match(reason, /b\.example/);
    t.ok(Date.parse(String(again)) > Date.now());
    t.match(JSON.parse(readFileSync(join(folder, 'bad.pause'), 'utf8')), {
      failures: 0,
      reason,
      again: Date.parse(String(again)),
    });
    t.equal(house.challenges.at(-1)?.on, false, 'nothing stays up');
  });

  t.test('a folder that cannot be written is a failure like any other', async (t) => {
    const { keeper, house, folder } = await setUp(t);
    writeFileSync(folder, 'in the way');
    t.match(await keeper({ public: ['a.example'] }, true).renew([]), { renewed: [], failed: [{ name: 'public' }] });
    t.match(await house.next('certificate.failed'), { certificate: 'public', reason: /acme/ });
  });

  t.test('what is missing is got by itself, soon after the start', async (t) => {
    const { keeper, server, file } = await setUp(t);
    mock.timers.enable({ apis: ['setTimeout'] });
    t.teardown(() => mock.timers.reset());
    keeper({ public: ['a.example'] }, true);
    mock.timers.tick(999);
    t.same(server.asked, []);
    mock.timers.tick(1);
    mock.timers.reset();
    const isThere = (): boolean => statSync(file('public.pem'), { throwIfNoEntry: false }) !== undefined;
    while (!isThere()) await new Promise((resolve) => setImmediate(resolve));
    t.equal(orders(server), 1);
  });

  t.test('what is good is left alone, and looked at each hour', async (t) => {
    const { keeper, server, folder } = await setUp(t);
    await keeper({ public: ['a.example'] }).renew([]);
    mock.timers.enable({ apis: ['setTimeout'] });
    t.teardown(() => mock.timers.reset());
    keeper({ public: ['a.example'] });
    mock.timers.tick(3_600_000);
    for (let round = 0; round < 10; round++) await new Promise((resolve) => setImmediate(resolve));
    t.equal(orders(server), 1);
    t.ok(statSync(join(folder, 'public.pause')).isFile());
  });

  t.test('a keeper that is closed asks nobody any more, and tells of no failure', async (t) => {
    const { keeper, server, house } = await setUp(t);
    server.trouble.pending = 1_000;
    const own = keeper({ public: ['a.example'] });
    const renewed = own.renew([]);
    while (!server.asked.includes('POST challenge')) await new Promise((resolve) => setImmediate(resolve));
    own.close();
    t.match(await renewed, { renewed: [], failed: [{ name: 'public' }] });
    t.same(house.events, []);
    t.equal(house.challenges.at(-1)?.on, false, 'what it has put up is taken down');
  });

  t.test('without anything to do it does nothing', async (t) => {
    const { keeper, folder } = await setUp(t);
    t.same(await keeper({}).renew([]), { renewed: [], failed: [] });
    t.equal(existsSync(folder), false);
  });
}
