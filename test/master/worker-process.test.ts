import { EventEmitter, once } from 'node:events';
import fs from 'node:fs';
import { BoundSocket } from 'node:net';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import type { StartMessage, ToMaster } from '../../src/contract/channel.ts';
import { createWorkerLauncher, type WorkerLauncher, type WorkerProcess } from '../../src/master/worker-process.ts';
import { libc } from '../../src/system/libc.ts';
import { dial } from '../support/dial.ts';
import { noLogging, servicePlan, startMessage } from '../support/plans.ts';

const needsLibc = libc === null ? { skip: 'needs node:ffi' } : {};

interface Launched {
  readonly worker: WorkerProcess;
  readonly said: readonly ToMaster[];
  /** The first message of this type, once it is there. */
  heard<Type extends ToMaster['type']>(type: Type): Promise<Extract<ToMaster, { type: Type }>>;
}

/** A real worker process. Killed at the test's end, if it is still there. */
function launch(
  t: Test,
  launcher: WorkerLauncher,
  start: Partial<StartMessage> = {},
  inherit: readonly number[] = [],
): Launched {
  const said: ToMaster[] = [];
  const arrivals = new EventEmitter();
  const worker = launcher.launch({
    inherit,
    start: startMessage(start),
    message(message) {
      said.push(message);
      arrivals.emit('said');
    },
  });
  t.teardown(() => {
    worker.kill('SIGKILL');
    return worker.exited;
  });
  return {
    worker,
    said,
    async heard(type) {
      for (;;) {
        const found = said.find((message) => message.type === type);
        if (found !== undefined) return found as never;
        await once(arrivals, 'said');
      }
    },
  };
}

/** An echo service on a socket that is bound here; `fd` is its number in the worker. */
function echoOn(t: Test, fd: number): { port: number; own: number; start: Partial<StartMessage> } {
  const bound = new BoundSocket({ host: '127.0.0.1', port: 0 });
  t.teardown(() => bound.close());
  const { port } = bound.address();
  const socket = { fd, listen: 0, transport: 'stream', address: '127.0.0.1', port, family: 'IPv4' } as const;
  const service = { ...servicePlan({ name: 'echo' }), clientCa: null, sockets: [socket] };
  return { port, own: bound.fd(), start: { services: [service] } };
}

async function echoes(port: number): Promise<boolean> {
  const peer = await dial(port);
  await peer.write('hello');
  const isEcho = (await peer.bytes(5)).toString() === 'hello';
  peer.socket.destroy();
  return isEcho;
}

t.test('a worker inherits its sockets, and serves', async (t) => {
  const { port, own, start } = echoOn(t, 3);
  const { worker, heard } = launch(t, createWorkerLauncher(), start, [own]);
  t.ok(worker.pid > 0);
  t.equal(worker.id, 'w1');
  t.same(await heard('ready'), { type: 'ready', failed: {}, bound: {} });
  t.equal(await echoes(port), true);
});

t.test('one that was prepared gets them passed', needsLibc, async (t) => {
  const launcher = createWorkerLauncher();
  launcher.prepare();
  const { port, own, start } = echoOn(t, 3);
  const first = launch(t, launcher, start, [own]);
  await first.heard('ready');
  t.equal(await echoes(port), true);
  const second = launch(t, launcher);
  await second.heard('ready');
  t.not(second.worker.pid, first.worker.pid, 'it serves once');
});

t.test('one that was prepared and cannot take so many does not stay behind', needsLibc, async (t) => {
  const launcher = createWorkerLauncher();
  const before = childrenOf(process.pid);
  launcher.prepare();
  const spare = childrenOf(process.pid).filter((pid) => !before.includes(pid));
  t.equal(spare.length, 1);
  const files = Array.from({ length: 65 }, () => fs.openSync('/dev/null', 'r'));
  t.teardown(() => files.forEach((fd) => fs.closeSync(fd)));
  const { worker, heard } = launch(t, launcher, {}, files);
  await heard('ready');
  t.notOk(spare.includes(worker.pid));
  while (childrenOf(process.pid).includes(spare[0] ?? 0)) await new Promise((resolve) => setImmediate(resolve));
  t.pass('it has ended');
});

function childrenOf(pid: number): number[] {
  const text = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

t.test('the last thing that a worker says is heard before its end is', async (t) => {
  for (let round = 0; round < 5; round++) {
    const { worker, heard, said } = launch(t, createWorkerLauncher());
    await heard('ready');
    worker.send({ type: 'stop' });
    t.same(await worker.exited, { status: 0, signal: null });
    t.equal(said.at(-1)?.type, 'report');
  }
});

t.test('a worker that is killed', async (t) => {
  const { worker, heard } = launch(t, createWorkerLauncher());
  await heard('ready');
  worker.kill('SIGKILL');
  t.same(await worker.exited, { status: null, signal: 'SIGKILL' });
  t.doesNotThrow(() => worker.kill('SIGKILL'), 'its pid may be that of another by now');
  worker.send({ type: 'ping' });
});

t.test('log files are passed on, and used from then on', needsLibc, async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'portico.log');
  const first = fs.openSync(path, 'a');
  const { port, own, start } = echoOn(t, 3);
  const logging = { ...noLogging, outputs: [{ kind: 'file', path, format: 'json' } as const] };
  const { worker, heard } = launch(t, createWorkerLauncher(), { ...start, logging, logFiles: { [path]: 4 } }, [
    own,
    first,
  ]);
  await heard('ready');
  fs.closeSync(first);
  fs.renameSync(path, `${path}.1`);
  const second = fs.openSync(path, 'a');
  worker.passLogFiles({ [path]: second });
  fs.closeSync(second);
  t.equal(await echoes(port), true);
  worker.send({ type: 'stop' });
  await worker.exited;
  t.match(fs.readFileSync(path, 'utf8'), /"event":"session\.end"/);
});
