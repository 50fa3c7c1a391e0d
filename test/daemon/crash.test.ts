import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { startDaemon, type LogLine, type TestDaemon } from '../support/daemon.ts';
import { connectError, echo, exchange, sendTo, storm, visit } from './talk.ts';

/** kill -9, and the line that tells that the master has seen it. */
async function kill(daemon: TestDaemon, pid: number): Promise<LogLine> {
  const exited = daemon.line((line) => line.event === 'worker.exit' && line['worker'] === pid);
  process.kill(pid, 'SIGKILL');
  return exited;
}

function nextReady(daemon: TestDaemon): Promise<LogLine> {
  return daemon.nextLine((line) => line.event === 'worker.start');
}

for (const workers of [1, 2]) {
  t.test(`3,000 connections while workers are killed, ${workers} of them`, async (t) => {
    const daemon = await startDaemon(
      t,
      `daemon: { workers: ${workers} }\nservices: { echo: { listen: tcp://127.0.0.1:0 } }\n`,
    );
    const atOnce = 25;
    const enough = Promise.withResolvers<void>();
    const kills: Promise<LogLine>[] = [];
    const counts = await storm(await daemon.port('echo'), {
      atOnce,
      until: enough.promise,
      answered(count) {
        if ([300, 1_300, 2_300].includes(count)) kills.push(daemon.workerPid().then((pid) => kill(daemon, pid)));
        if (count === 3_000) enough.resolve();
      },
    });
    t.same(
      (await Promise.all(kills)).map((line) => line['exit']),
      ['SIGKILL', 'SIGKILL', 'SIGKILL'],
    );
    t.same(counts.refused, {}, 'every connection was established');
    t.ok(counts.answered >= 3_000);
    // Those that a worker had accepted when it was killed, and no others: what waits in the queue is served later.
    t.ok(counts.cut <= 3 * atOnce, `${counts.cut} sessions were lost with their workers`);
  });
}

t.test('the socket of datagrams stays open while there is no worker', async (t) => {
  const daemon = await startDaemon(t, 'services: { echo: { listen: udp://127.0.0.1:0 } }\n');
  const peer = await sendTo(t, await daemon.port('echo'));
  await peer.send('alive');
  t.equal(await peer.receive(), 'alive');
  for (const round of [1, 2]) {
    await kill(daemon, await daemon.workerPid());
    for (let number = 1; number <= 20; number++) await peer.send(`${round}/${number}`);
    for (let number = 1; number <= 20; number++) t.equal(await peer.receive(), `${round}/${number}`);
  }
});

t.test('a worker that dies is replaced: at once, then after growing pauses', async (t) => {
  const daemon = await startDaemon(
    t,
    `services:
  echo: { listen: tcp://127.0.0.1:0 }
  apart: { type: echo, listen: tcp://127.0.0.1:0, isolate: true }
`,
  );
  const port = await daemon.port('echo');
  const [session, other] = [await visit(t, port), await visit(t, await daemon.port('apart'))];
  await exchange(session, 'in the worker that dies');
  await exchange(other, 'in the one that does not');
  const pauses: number[] = [];
  for (const restarts of [1, 2, 3]) {
    const pid = await daemon.workerPid();
    const started = nextReady(daemon);
    const exit = await kill(daemon, pid);
    if (restarts > 1) {
      t.match(await daemon.status(), { state: 'running', services: [{ state: 'starting' }, { state: 'up' }] });
    }
    // Connects now, is served by the next worker.
    t.equal(await echo(port, `after ${restarts}`), `after ${restarts}`);
    pauses.push(Date.parse(String((await started)['time'])) - Date.parse(String(exit['time'])));
    const { workers } = await daemon.status();
    t.match(
      workers.find(({ pool }) => pool === 'main'),
      { restarts, generation: 1 },
    );
    t.not(await daemon.workerPid(), pid);
  }
  t.ok((pauses[1] ?? 0) >= 900, `the second time after ${pauses[1]} ms`);
  t.ok((pauses[2] ?? 0) >= 1_900, `the third time after ${pauses[2]} ms`);

  t.equal((await session.rest()).toString(), '', 'its sessions are lost');
  t.equal(await exchange(other, 'still here'), 'still here', 'those of other pools are not');
  t.match(
    (await daemon.status()).workers.find(({ pool }) => pool === 'apart'),
    { restarts: 0, sessions: 1 },
  );
  // What the dead workers had counted is not lost with them.
  t.equal((await daemon.status()).services[0]?.sessions.active, 0);
  t.ok(((await daemon.status()).services[0]?.sessions.total ?? 0) >= 1);
});

// A service is blamed for the end of a worker that was starting it. A kill from outside is not its fault.
t.test('a worker that is killed while it starts costs no service', async (t) => {
  const module = `import fs from 'node:fs';
export default {
  name: 'slow',
  async create(options, { log }) {
    const gate = new URL('gate', import.meta.url);
    log.info('at the gate');
    while (!fs.existsSync(gate)) await new Promise((resolve) => setTimeout(resolve, 20));
    return { connection: async ({ stream }) => void stream.write('through') };
  },
};
`;
  const daemon = await startDaemon(
    t,
    `services:
  slow: { type: ./slow.ts, listen: tcp://127.0.0.1:0 }
  echo: { listen: tcp://127.0.0.1:0 }
`,
    { files: { 'slow.ts': module, gate: '' } },
  );
  const isAtTheGate = (line: LogLine): boolean => line['message'] === 'at the gate';
  const atTheGate = (): Promise<LogLine> => daemon.nextLine(isAtTheGate);
  await daemon.line(isAtTheGate);
  fs.rmSync(join(daemon.folder, 'gate'));
  const first = atTheGate();
  await kill(daemon, await daemon.workerPid());
  await first;
  t.match((await daemon.status()).services[0], { name: 'slow', state: 'starting' });
  const second = atTheGate();
  await kill(daemon, await daemon.workerPid());
  await second;
  daemon.put('gate', '');
  t.equal((await (await visit(t, await daemon.port('slow'))).rest()).toString(), 'through');
  t.equal(await echo(await daemon.port('echo'), 'and the others'), 'and the others');
  t.notOk(daemon.lines.some((line) => line.event === 'service.failed'));
});

t.test('workers end with their master, and the next daemon starts on what it left', async (t) => {
  const daemon = await startDaemon(
    t,
    `services:
  echo: { listen: [tcp://127.0.0.1:0, unix:echo.sock] }
`,
  );
  const port = await daemon.port('echo');
  await exchange(await visit(t, port), 'a session');
  daemon.signal('SIGKILL');
  // The workers have the other end of this pipe.
  await once(daemon.process, 'close');
  t.equal(await connectError(port), 'ECONNREFUSED');
  t.ok(fs.existsSync(join(daemon.folder, 'var/portico.sock')), 'nobody was there to tidy up');
  t.equal((await daemon.command('status')).code, 3);

  const next = await startDaemon(
    t,
    `daemon: { runtime: ${daemon.folder}/var }\nservices: { echo: { listen: unix:${daemon.folder}/echo.sock } }\n`,
  );
  t.equal((await daemon.command('status')).code, 0, 'the next daemon answers there');
  next.signal('SIGTERM');
  t.same(await next.exited, { code: 0, signal: null });
});
