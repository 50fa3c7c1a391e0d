import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';

import type { Json } from '../../src/contract/bus.ts';
import type { ToMaster } from '../../src/contract/channel.ts';
import type { LiveSession } from '../../src/listeners/session.ts';
import { parseBlock } from '../../src/wire/journal-block.ts';
import { createRegistryClient, type RegistryClient } from '../../src/worker/registry-client.ts';
import { daemonPlan } from '../support/plans.ts';
import { loginRequest } from '../support/registry.ts';

interface Bench {
  readonly client: RegistryClient;
  readonly asked: { readonly argument: Json; readonly timeoutMs: number; answer(value: Json): void }[];
  readonly said: ToMaster[];
}

function setUp(journal = 1_000): Bench {
  const asked: Bench['asked'] = [];
  const said: ToMaster[] = [];
  const client = createRegistryClient({
    start: {
      daemon: daemonPlan({ journal }),
      bans: [{ source: '192.0.2.1', until: null, reason: 'manual', service: null, since: 1 }],
    },
    ask(argument, timeoutMs) {
      const { promise, resolve } = Promise.withResolvers<Json>();
      asked.push({ argument, timeoutMs, answer: resolve });
      return promise;
    },
    send: (message) => void said.push(message),
  });
  return { client, asked, said };
}

function session(more: Partial<LiveSession> = {}): LiveSession {
  return {
    id: 'abcdefghjkmn',
    service: 'echo',
    peer: { address: '192.0.2.1', port: 4_000, family: 'IPv4' },
    local: { address: '2001:db8::1', port: 7, family: 'IPv6' },
    account: null,
    tls: null,
    startedTick: performance.now(),
    bytes: { in: 1, out: null },
    ...more,
  } as LiveSession;
}

const blocks = (said: readonly ToMaster[]): number[] =>
  said.map((message) => (message.type === 'journal' ? message.block.count : -1));

t.test('knows the bans from its first moment', async (t) => {
  const { client } = setUp();
  t.equal(client.bans.has('192.0.2.1'), true);
  client.bans.set([]);
  t.equal(client.bans.has('192.0.2.1'), false);
});

t.test('asks, and waits longer than the master does', async (t) => {
  const { client, asked } = setUp();
  const reply = client.ask(loginRequest());
  await turn();
  t.equal(asked[0]?.timeoutMs, 65_000);
  t.same(asked[0]?.argument, loginRequest());
  asked[0]?.answer({ result: 'failed' });
  t.same(await reply, { result: 'failed' });
});

t.test('fifty questions at once, a thousand more wait, and no others', async (t) => {
  const { client, asked } = setUp();
  const replies = Array.from({ length: 1_050 }, () => client.ask(loginRequest()));
  await turn();
  t.equal(asked.length, 50);
  const others = await Promise.allSettled(Array.from({ length: 3_000 }, () => client.ask(loginRequest())));
  t.ok(others.every((each) => each.status === 'rejected' && (each.reason as Error).name === 'BusyError'));
  asked[0]?.answer(null);
  t.equal(await replies[0], null);
  await turn();
  t.equal(asked.length, 51);
  const last = client.ask(loginRequest());
  for (let index = 1; index < 1_051; index++) {
    while (asked.length <= index) await turn();
    asked[index]?.answer(index);
  }
  t.equal(await last, 1_050);
});

t.test('what the master has forgotten is asked again, and the first answer counts', async (t) => {
  const { client, asked } = setUp();
  const reply = client.ask(loginRequest());
  const other = client.ask(loginRequest());
  await turn();
  asked[1]?.answer({ result: 'failed' });
  await other;
  client.askAgain();
  await turn();
  t.equal(asked.length, 3, 'not what was answered');
  asked[2]?.answer({ result: 'busy' });
  asked[0]?.answer({ result: 'failed' });
  t.same(await reply, { result: 'busy' });
  client.askAgain();
  t.equal(asked.length, 3);
});

t.test('the journal', async (t) => {
  function withTimers(t: Test): void {
    mock.timers.enable({ apis: ['setTimeout'] });
    t.teardown(() => mock.timers.reset());
  }

  t.test('gets what has ended within a second', async (t) => {
    withTimers(t);
    const { client, said } = setUp();
    const started = Date.now();
    client.note(session(), 'end', 1.5);
    client.note(
      session({
        account: { name: 'alice' } as NonNullable<LiveSession['account']>,
        tls: { protocol: 'TLSv1.3' } as NonNullable<LiveSession['tls']>,
      }),
      'kick',
      0,
    );
    mock.timers.tick(999);
    t.same(said, []);
    mock.timers.tick(1);
    t.same(blocks(said), [2]);
    const [message] = said;
    const { entries } = parseBlock(message?.type === 'journal' ? message.block.text : '');
    t.match(entries, [
      {
        id: 'abcdefghjkmn',
        service: 'echo',
        peer: '192.0.2.1:4000',
        local: '[2001:db8::1]:7',
        account: null,
        tls: null,
        duration: 1.5,
        bytes: { in: 1, out: null },
        reason: 'end',
      },
      { account: 'alice', tls: 'TLSv1.3', reason: 'kick' },
    ]);
    t.ok(Math.abs((entries[0]?.started ?? 0) - started) < 5_000);
    client.note(session(), 'end', 1);
    mock.timers.tick(1_000);
    t.same(blocks(said), [2, 1]);
  });

  t.test('gets a full block at once', async (t) => {
    withTimers(t);
    const { client, said } = setUp();
    for (let count = 0; count < 511; count++) client.note(session(), 'end', 0);
    t.same(said, []);
    client.note(session(), 'end', 0);
    t.same(blocks(said), [512]);
    client.flush();
    t.same(blocks(said), [512]);
  });

  t.test('gets the rest when the worker ends', async (t) => {
    const { client, said } = setUp();
    client.note(session(), 'drain', 0);
    client.flush();
    client.flush();
    t.same(blocks(said), [1]);
  });

  t.test('gets nothing where none is kept', async (t) => {
    const { client, said } = setUp(0);
    client.note(session(), 'end', 0);
    client.flush();
    t.same(said, []);
  });
});
