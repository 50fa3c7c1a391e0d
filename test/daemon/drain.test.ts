import t from 'tap';

import type { SessionEvent } from '../../src/contract/channel.ts';
import { launchDaemon, portico, startDaemon } from '../support/daemon.ts';
import { startPeer } from '../support/peers.ts';
import { connectError, echo, exchange, sendTo, visit } from './talk.ts';

/** Connects until nobody listens any more. */
async function refused(port: number): Promise<void> {
  while ((await connectError(port)) !== 'ECONNREFUSED');
}

t.test('TERM lets sessions go on and refuses new ones', async (t) => {
  const daemon = await startDaemon(
    t,
    `services:
  echo: { listen: [tcp://127.0.0.1:0, udp://127.0.0.1:0] }
  apart: { type: echo, listen: tcp://127.0.0.1:0, isolate: true }
`,
  );
  const ports = [await daemon.port('echo'), await daemon.port('apart')] as const;
  const peer = await visit(t, ports[0]);
  await exchange(peer, 'before');
  const apart = daemon.line((line) => line.event === 'worker.retired' && line['pool'] === 'apart');
  daemon.signal('SIGTERM');
  await daemon.line((line) => line.event === 'daemon.stop');
  await Promise.all(ports.map(refused));
  await apart;
  t.equal(await exchange(peer, 'meanwhile'), 'meanwhile');
  const { state, workers } = await daemon.status();
  t.equal(state, 'stopping');
  t.same(
    workers.map(({ pool, sessions }) => [pool, sessions]),
    [['main', 1]],
    'who has no session left is gone',
  );
  t.match(await daemon.sessions(), [{ service: 'echo', state: 'draining' }]);
  await t.rejects(daemon.reload(), { message: /the daemon is stopping/ });
  const datagrams = await sendTo(t, await daemon.port('echo', 1));
  datagrams.socket.on('error', () => {});
  await datagrams.send('nobody hears this');

  peer.end();
  t.equal((await peer.rest()).toString(), '');
  t.same(await daemon.exited, { code: 0, signal: null });
  t.match(
    daemon.lines.find((line) => line.event === 'session.end'),
    { reason: 'end', bytes: { in: 15, out: 15 } },
  );
  t.notOk(daemon.lines.some((line) => line.event === 'worker.exit'));
});

t.test('at the deadline they end, with reason drain', async (t) => {
  const daemon = await startDaemon(
    t,
    `daemon: { drain: 300ms }
services:
  echo: { listen: tcp://127.0.0.1:0 }
  chat: { listen: tcp://127.0.0.1:0 }
`,
  );
  const peer = await visit(t, await daemon.port('echo'));
  await exchange(peer, 'hello');
  const chatter = await visit(t, await daemon.port('chat'));
  await chatter.write('alice\n');
  const stopped = daemon.command('stop', '--wait', '60s');
  t.equal((await peer.rest()).toString(), '');
  t.match((await chatter.rest()).toString(), /\* Goodbye: the server is going down\r\n$/);
  peer.end();
  chatter.end();
  t.same(await stopped, { code: 0, stdout: 'stopped\n', stderr: '' });
  t.same(await daemon.exited, { code: 0, signal: null });
  for (const service of ['echo', 'chat']) {
    const ends = daemon.lines.filter((line) => line.event === 'session.end' && line['service'] === service);
    t.match(ends, [{ reason: 'drain' }], service);
  }
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`a second ${signal} ends everything at once`, async (t) => {
    const daemon = await startDaemon(t, 'daemon: { drain: 1h }\nservices: { echo: { listen: tcp://127.0.0.1:0 } }\n');
    const peer = await visit(t, await daemon.port('echo'));
    await exchange(peer, 'hello');
    daemon.signal(signal);
    await daemon.line((line) => line.event === 'daemon.stop');
    t.equal(await exchange(peer, 'still there'), 'still there');
    daemon.signal(signal);
    t.equal((await peer.rest()).toString(), '');
    t.same(await daemon.exited, { code: 0, signal: null });
    t.match(
      daemon.lines.find((line) => line.event === 'session.end'),
      { reason: 'drain' },
    );
  });
}

t.test('a stop while services are still starting', async (t) => {
  const daemon = launchDaemon(t, 'services: { slow: { type: ./slow.ts, listen: tcp://127.0.0.1:0 } }\n', {
    files: {
      'slow.ts': `export default { create: (_, { log }) => (log.info('starting'), new Promise(() => {})) };`,
    },
  });
  await daemon.line((line) => line['message'] === 'starting');
  daemon.signal('SIGTERM');
  t.same(await daemon.exited, { code: 0, signal: null });
  t.notOk(daemon.lines.some((line) => line.event === 'service.failed' || line.event === 'service.up'));
});

t.test('programs get TERM at the deadline, and KILL five seconds later', async (t) => {
  const daemon = await startDaemon(
    t,
    `daemon: { drain: 200ms }
services:
  polite:
    type: exec
    listen: tcp://127.0.0.1:0
    command: [/bin/sh, -c, "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 1; done"]
  deaf:
    type: exec
    listen: tcp://127.0.0.1:0
    command: [/bin/sh, -c, "trap '' TERM; echo ready; exec sleep 600"]
`,
  );
  const [polite, deaf] = [await visit(t, await daemon.port('polite')), await visit(t, await daemon.port('deaf'))];
  for (const peer of [polite, deaf]) t.equal((await peer.bytes(6)).toString(), 'ready\n');
  t.match(
    (await daemon.sessions()).map(({ bytes }) => bytes),
    [
      { in: null, out: null },
      { in: null, out: null },
    ],
    'nobody sees what goes through a socket that a program has',
  );
  daemon.signal('SIGTERM');
  t.equal((await polite.rest()).toString(), 'bye\n');
  t.match(await daemon.line((line) => line.event === 'program.exit' && line['service'] === 'polite'), { status: 3 });
  t.equal((await deaf.rest()).toString(), '');
  t.match(await daemon.line((line) => line.event === 'program.exit' && line['service'] === 'deaf'), {
    signal: 'SIGKILL',
  });
  t.same(await daemon.exited, { code: 0, signal: null });
  for (const service of ['polite', 'deaf']) {
    t.match(
      daemon.lines.find((line) => line.event === 'session.end' && line['service'] === service),
      { reason: 'drain', bytes: { in: null, out: null } },
    );
  }
});

t.test('after a reload, drain_reload is the deadline', async (t) => {
  const config = (banner: string): string => `daemon: { drain_reload: 300ms }
services: { echo: { listen: tcp://127.0.0.1:0, banner: ${banner} } }
`;
  const daemon = await startDaemon(t, config('one'));
  const peer = await visit(t, await daemon.port('echo'));
  await exchange(peer, 'hello');
  await daemon.change(config('two'));
  t.equal((await peer.rest()).toString(), '');
  t.match(await daemon.line((line) => line.event === 'session.end'), { reason: 'drain' });
  t.equal(await echo(await daemon.port('echo'), 'and on it goes'), 'and on it goes');
});

t.test('sessions end by kick and by their limits', async (t) => {
  const daemon = await startDaemon(
    t,
    `services:
  echo: { listen: tcp://127.0.0.1:0 }
  idle: { type: echo, listen: tcp://127.0.0.1:0, limits: { idle: 200ms } }
  short: { type: echo, listen: tcp://127.0.0.1:0, limits: { session: 200ms } }
  program: { type: exec, listen: tcp://127.0.0.1:0, command: [/bin/sleep, "600"] }
  brief: { type: exec, listen: tcp://127.0.0.1:0, command: [/bin/sleep, "600"], limits: { session: 200ms } }
`,
  );
  const reasonOf = async (service: string): Promise<unknown> =>
    (await daemon.line((line) => line.event === 'session.end' && line['service'] === service))['reason'];

  t.test('kick', async (t) => {
    const [peer, other] = [await visit(t, await daemon.port('echo')), await visit(t, await daemon.port('echo'))];
    await exchange(peer, 'hello');
    await exchange(other, 'hello');
    const found = (await daemon.sessions()).find((session) => session.peer === `127.0.0.1:${peer.port}`);
    const id = found?.id ?? '';
    t.same(await daemon.command('kick', id), { code: 0, stdout: `${id} ended\n`, stderr: '' });
    t.equal((await peer.rest()).toString(), '');
    t.equal(await reasonOf('echo'), 'kick');
    t.same(await daemon.command('kick', id), {
      code: 1,
      stdout: '',
      stderr: `portico: there is no session ${id}\n`,
    });
    t.equal(await exchange(other, 'not me'), 'not me');
  });
  t.test('kick ends a program', async (t) => {
    const peer = await visit(t, await daemon.port('program'));
    await daemon.line((line) => line.event === 'session.start' && line['service'] === 'program');
    const session = (await daemon.sessions()).find(({ service }) => service === 'program');
    t.equal((await daemon.command('kick', session?.id ?? '')).code, 0);
    t.equal((await peer.rest()).toString(), '');
    t.match(await daemon.line((line) => line.event === 'program.exit' && line['service'] === 'program'), {
      signal: 'SIGTERM',
      session: session?.id,
    });
    t.equal(await reasonOf('program'), 'kick');
  });
  t.test('idle', async (t) => {
    const peer = await visit(t, await daemon.port('idle'));
    t.equal(await exchange(peer, 'hello'), 'hello');
    t.equal((await peer.rest()).toString(), '');
    t.equal(await reasonOf('idle'), 'idle');
  });
  t.test('session', async (t) => {
    const peer = await visit(t, await daemon.port('short'));
    t.equal((await peer.rest()).toString(), '');
    t.equal(await reasonOf('short'), 'session');
  });
  t.test('session, of a program', async (t) => {
    const peer = await visit(t, await daemon.port('brief'));
    t.equal((await peer.rest()).toString(), '');
    t.equal(await reasonOf('brief'), 'session');
  });
});

t.test('sessions --follow tells of each start and end', async (t) => {
  const daemon = await startDaemon(t, 'services: { echo: { listen: tcp://127.0.0.1:0 } }\n');
  const follower = startPeer(t, [process.execPath, portico, 'sessions', '--follow', '--json', '-c', daemon.file]);
  const people = startPeer(t, [process.execPath, portico, 'sessions', '--follow', '-c', daemon.file]);
  // Nothing tells when they have begun to follow, so there are visits until they tell of one.
  const port = await daemon.port('echo');
  let isHeard = false;
  const heard = Promise.all([follower.says(/"end"/), people.says(/^end /m)]).then(() => (isHeard = true));
  while (!isHeard) await echo(port, '?');
  await heard;

  const before = follower.output().length;
  const peer = await visit(t, port);
  t.equal(await exchange(peer, 'hello'), 'hello');
  const [session] = await daemon.sessions();
  await follower.says(new RegExp(`"start".*${session?.id}`));
  peer.end();
  t.equal((await peer.rest()).toString(), '');
  await follower.says(new RegExp(`"end".*${session?.id}`));
  const events = follower
    .output()
    .slice(before)
    .split('\n')
    .filter((line) => line.includes(session?.id ?? '?'))
    .map((line) => JSON.parse(line) as SessionEvent);
  t.same(events[0], { event: 'start', session: { ...session, bytes: { in: 0, out: 0 } } });
  t.same(
    { ...events[1], duration: 1 },
    { event: 'end', session: { ...session, bytes: { in: 5, out: 5 } }, reason: 'end', duration: 1 },
  );
  t.equal(events.length, 2);
  await people.says(
    new RegExp(
      `^end   ${session?.id}  echo  127\\.0\\.0\\.1:${peer.port}  \\d+\\.\\ds  in 5 B, out 5 B  \\(end\\)`,
      'm',
    ),
  );

  daemon.signal('SIGTERM');
  t.equal(await follower.ended, 3, 'and ends with the daemon');
});
