import t, { type Test } from 'tap';

import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { dial, type Peer } from '../support/dial.ts';

// One chat in two workers: whoever talks to whom, nobody can tell which worker has whom.

interface Chatter {
  readonly peer: Peer;
  say(line: string): Promise<void>;
  /** Reads lines until this one. */
  hears(line: string): Promise<void>;
}

async function enter(t: Test, port: number, nick: string): Promise<Chatter> {
  const peer = await dial(port);
  t.teardown(() => peer.socket.destroy());
  const readLine = async (): Promise<string> => {
    const parts: Buffer[] = [];
    while (parts.at(-1)?.[0] !== 0x0a) parts.push(await peer.bytes(1));
    return Buffer.concat(parts).toString().trimEnd();
  };
  const hears = async (line: string): Promise<void> => {
    for (let heard = await readLine(); heard !== line; heard = await readLine());
  };
  const say = (line: string): Promise<void> => peer.write(`${line}\n`);
  await hears('* What is your nickname?');
  await say(nick);
  return { peer, say, hears };
}

/**
 * Enters through a certain worker: the other one is stopped meanwhile, so that it cannot accept, and does not hear of it before
 * `meanwhile` is over.
 */
async function enterThrough(
  t: Test,
  daemon: TestDaemon,
  worker: number,
  nick: string,
  meanwhile?: (entered: Chatter) => Promise<void>,
): Promise<Chatter> {
  const others = (await daemon.status()).workers.map(({ pid }) => pid).filter((pid) => pid !== worker);
  const port = await daemon.port('chat');
  for (const pid of others) process.kill(pid, 'SIGSTOP');
  try {
    const entered = await enter(t, port, nick);
    await meanwhile?.(entered);
    return entered;
  } finally {
    for (const pid of others) process.kill(pid, 'SIGCONT');
  }
}

t.test('rooms are one across two workers', async (t) => {
  const config = (more: string): string => `daemon: { workers: 2 }
services: { chat: { listen: tcp://127.0.0.1:0, rooms: [lobby, office], history: 3${more} } }
`;
  const daemon = await startDaemon(t, config(''));
  const [first = -1, second = -1] = (await daemon.status()).workers.map(({ pid }) => pid);
  const alice = await enterThrough(t, daemon, first, 'alice');
  await alice.hears('* alice joined lobby');
  const bob = await enterThrough(t, daemon, second, 'bob');
  await bob.hears('* bob joined lobby');
  t.same(
    (await daemon.status()).workers.map(({ pid, sessions }) => [pid, sessions]),
    [
      [first, 1],
      [second, 1],
    ],
    'each worker has one of them',
  );

  t.test('they hear each other', async (t) => {
    await alice.hears('* bob joined lobby');
    await alice.say('hello, bob');
    await bob.hears('<alice> hello, bob');
    await bob.say('/me waves');
    await alice.hears('* bob waves');
    await bob.say('/msg ALICE a secret');
    await alice.hears('-bob- a secret');
    t.pass();
  });
  t.test('a private line comes to who has just entered through the other', async (t) => {
    for (const [worker, speaker, name] of [
      [second, alice, 'alice'],
      [first, bob, 'bob'],
    ] as const) {
      const newcomer = await enterThrough(t, daemon, worker, 'carla', async ({ hears }) => {
        await hears('* carla joined lobby');
        await speaker.say('/msg carla there already?');
      });
      await newcomer.hears(`-${name}- there already?`);
      await newcomer.say('/quit');
      await Promise.all([alice.hears('* carla left lobby'), bob.hears('* carla left lobby')]);
    }
    t.pass();
  });
  t.test('a name is unique in all of them', async (t) => {
    const other = await enterThrough(t, daemon, second, 'Alice');
    await other.say('alice2');
    await other.hears('* alice2 joined lobby');
    await alice.hears('* alice2 joined lobby');
    await other.say('/quit');
    await alice.hears('* alice2 left lobby');
    t.pass();
  });
  t.test('they move between rooms', async (t) => {
    await bob.say('/join office');
    await alice.hears('* bob left lobby');
    await alice.say('/join office');
    await bob.hears('* alice joined office');
    await alice.say('in here');
    await bob.hears('<alice> in here');
    t.pass();
  });
  t.test('history is the same for who comes later, in whatever worker', async (t) => {
    for (const worker of [first, second]) {
      const late = await enterThrough(t, daemon, worker, `late${worker}`);
      await late.say('/join office');
      await late.hears('<alice> in here');
      await late.say('/quit');
      await alice.hears(`* late${worker} left office`);
    }
    t.pass();
  });
  t.test('a reload keeps them together: the old workers with the new', async (t) => {
    await daemon.change(config(', banner: changed'));
    const fresh = (await daemon.status()).workers.filter(({ generation }) => generation === 2);
    t.equal(fresh.length, 2);
    const carol = await enterThrough(t, daemon, fresh[0]?.pid ?? -1, 'carol');
    await carol.hears('* carol joined lobby');
    await carol.say('/join office');
    await carol.hears('<alice> in here');
    await alice.hears('* carol joined office');
    await carol.say('all of you');
    await Promise.all([alice.hears('<carol> all of you'), bob.hears('<carol> all of you')]);
    await bob.say('welcome');
    await Promise.all([alice.hears('<bob> welcome'), carol.hears('<bob> welcome')]);
  });
  t.test('who was in a worker that is killed has left, and the name is free', async (t) => {
    process.kill(first, 'SIGKILL');
    await bob.hears('* alice left office');
    const next = await enter(t, await daemon.port('chat'), 'alice');
    await next.hears('* alice joined lobby');
    await next.say('/join office');
    await bob.hears('* alice joined office');
    await next.say('back again');
    await bob.hears('<alice> back again');
    t.pass();
  });
});

t.test('a worker that has replaced another knows, and is known', async (t) => {
  const daemon = await startDaemon(
    t,
    `daemon: { workers: 2 }
services: { chat: { listen: tcp://127.0.0.1:0 } }
`,
  );
  const [first = -1, second = -1] = (await daemon.status()).workers.map(({ pid }) => pid);
  const alice = await enterThrough(t, daemon, first, 'alice');
  await alice.hears('* alice joined lobby');
  const replaced = daemon.nextLine(({ event }) => event === 'worker.start');
  process.kill(second, 'SIGKILL');
  await replaced;
  const third = (await daemon.status()).workers.map(({ pid }) => pid).find((pid) => pid !== first) ?? -1;
  const bob = await enterThrough(t, daemon, third, 'bob', async ({ hears }) => {
    await hears('* bob joined lobby');
    await alice.say('/msg bob there already?');
  });
  await bob.hears('-alice- there already?');
  const carol = await enterThrough(t, daemon, first, 'carol', async ({ hears }) => {
    await hears('* carol joined lobby');
    await bob.say('/msg carol and you?');
  });
  await carol.hears('-bob- and you?');
  await bob.say('/msg dave and you?');
  await bob.hears('! there is nobody of that name');
  t.pass();
});
