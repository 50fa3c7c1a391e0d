import { EventEmitter, once } from 'node:events';
import { Socket } from 'node:net';
import { mock } from 'node:test';

import t, { type Test } from 'tap';

import type { ToMaster, ToWorker } from '../../src/contract/channel.ts';
import { adoptWorker } from '../../src/master/adopted-worker.ts';
import type { PoolEvents, PoolWorker } from '../../src/master/pool.ts';
import type { KnownWorker } from '../../src/master/upgrade.ts';
import type { WorkerExit } from '../../src/master/worker-process.ts';
import { createChannel, type Channel } from '../../src/system/channel.ts';
import { streamPair } from '../../src/system/descriptors.ts';
import { libc } from '../../src/system/libc.ts';
import { spawnProgram } from '../../src/system/spawn.ts';

if (libc === null) {
  t.plan(0, 'needs node:ffi');
  process.exit(0);
}

interface Adopted {
  readonly worker: PoolWorker;
  readonly events: readonly string[];
  /** What went to the fleet. */
  readonly passedOn: readonly ToMaster[];
  /** The worker's end of the channel. */
  readonly channel: Channel<ToMaster>;
  next<Type extends ToWorker['type']>(type: Type): Promise<Extract<ToWorker, { type: Type }>>;
  readonly left: Promise<{ exit: WorkerExit; wasExpected: boolean }>;
  /** Resolves at the next thing that happens to the master. */
  happened(): Promise<unknown>;
}

/** A child of this process that was started by "another image", with its channel. */
function adopt(t: Test, known: Partial<KnownWorker> = {}): Adopted {
  const [ours, theirs] = streamPair();
  const socket = new Socket({ fd: theirs });
  const heard: ToWorker[] = [];
  const news = new EventEmitter();
  const channel = createChannel<ToMaster, ToWorker>(socket, {
    message(message) {
      heard.push(message);
      news.emit('heard');
    },
    close() {},
  });
  const child = spawnProgram({
    path: '/bin/sleep',
    argv: ['sleep', '600'],
    env: {},
    directory: '/',
    stdio: [null, null, null],
  });
  const events: string[] = [];
  const passedOn: ToMaster[] = [];
  const left = Promise.withResolvers<{ exit: WorkerExit; wasExpected: boolean }>();
  const note = (text: string): void => {
    events.push(text);
    news.emit('happened');
  };
  const poolEvents: PoolEvents = {
    joined: (worker) => note(`joined ${worker.pool}`),
    left(worker, exit, wasExpected) {
      note(`left ${worker.pool}`);
      left.resolve({ exit, wasExpected });
    },
    launchFailed: (pool) => note(`launchFailed ${pool}`),
    unresponsive: (worker) => note(`unresponsive ${worker.pool}`),
    tooLarge: (worker) => note(`tooLarge ${worker.pool}`),
    serviceFailed: (service) => note(`serviceFailed ${service}`),
    broken: (worker) => note(`broken ${worker.pool}`),
    message(_worker, message) {
      passedOn.push(message);
      news.emit('happened');
    },
  };
  const worker = adoptWorker(
    { id: 'w1', pid: child.pid, descriptors: [ours, -1], pool: 'main', generation: 3, restarts: 2, ...known },
    poolEvents,
  );
  t.teardown(async () => {
    child.kill('SIGKILL');
    await left.promise;
    socket.destroy();
  });
  return {
    worker,
    events,
    passedOn,
    channel,
    async next(type) {
      for (;;) {
        const found = heard.findIndex((message) => message.type === type);
        if (found >= 0) return heard.splice(found, 1)[0] as never;
        await once(news, 'heard');
      }
    },
    left: left.promise,
    happened: () => once(news, 'happened'),
  };
}

t.test('a worker of the image before is one of ours at once', async (t) => {
  const { worker, events } = adopt(t);
  t.same(events, ['joined main']);
  t.match(worker, { pool: 'main', generation: 3, restarts: 2, rss: 0, process: { id: 'w1' } });
});

t.test('it answers what it is asked, and is heard', async (t) => {
  const { worker, channel, next, passedOn, happened } = adopt(t);
  const answer = worker.ask('report', null, 5_000);
  const asked = await next('ask');
  t.match(asked, { what: 'report', argument: null });
  channel.send({ type: 'pong', rss: 12_345 });
  channel.send({ type: 'reply', id: asked.id, value: { sessions: 4 } });
  t.same(await answer, { sessions: 4 });
  t.equal(worker.rss, 12_345);
  channel.send({ type: 'bus', topic: 'chat', message: 'hi' });
  await happened();
  t.same(passedOn, [{ type: 'bus', topic: 'chat', message: 'hi' }]);
});

t.test('a message that was half read before goes on where it was', async (t) => {
  const whole = `${JSON.stringify({ type: 'bus', topic: 'chat', message: 'hi' })}\n`;
  const rest = Buffer.from(whole.slice(0, 20)).toString('base64');
  const [ours, theirs] = streamPair();
  const { passedOn, happened } = adopt(t, { rest, descriptors: [ours, -1] });
  const other = new Socket({ fd: theirs });
  t.teardown(() => void other.destroy());
  other.write(whole.slice(20));
  await happened();
  t.same(passedOn, [{ type: 'bus', topic: 'chat', message: 'hi' }]);
});

t.test('its end is expected, whatever it is', async (t) => {
  const { worker, left, events } = adopt(t);
  const unanswered = worker.ask('report', null, 60_000);
  worker.process.kill('SIGKILL');
  t.same(await left, { exit: { status: null, signal: 'SIGKILL' }, wasExpected: true });
  t.same(events, ['joined main', 'left main']);
  t.equal(await unanswered, null, 'nobody is left to answer');
});

t.test('one that ended while nobody looked is told all the same', async (t) => {
  const { left } = adopt(t, { pid: 2 ** 30, descriptors: [-1, -1] });
  t.same(await left, { exit: { status: null, signal: null }, wasExpected: true });
});

t.test('one that does not answer is killed', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const { left, events } = adopt(t);
  mock.timers.tick(12_500);
  t.match(await left, { exit: { signal: 'SIGKILL' } });
  t.same(events, ['joined main', 'unresponsive main', 'left main']);
});
