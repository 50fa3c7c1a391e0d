import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { libc } from '../../src/system/libc.ts';
import { launchDaemon, startDaemon } from '../support/daemon.ts';
import { dial } from '../support/dial.ts';
import { echo, exchange, sendTo, visit } from './talk.ts';

// Modules of users: what they may count on, and that what they do wrong stays their own trouble.

t.test('a plain { name, create } is enough', async (t) => {
  const daemon = await startDaemon(
    t,
    `services:
  shout: { type: ./shout.js, listen: [tcp://127.0.0.1:0, udp://127.0.0.1:0], mark: "!" }
`,
    {
      files: {
        'package.json': '{ "type": "module" }',
        'shout.js': `import fs from 'node:fs';
export default {
  name: 'shout',
  create: ({ mark }, { name, log }) => ({
    async connection({ id, peer, local, stream, log }) {
      log.info('shouting', { to: peer.address, on: local.port });
      for await (const chunk of stream) stream.write(chunk.toString().toUpperCase() + mark + id.length);
    },
    datagram: ({ data, reply }) => reply(Buffer.from(data.toString().toUpperCase() + mark)),
    stop: () => fs.writeFileSync(new URL('stopped', import.meta.url), name),
  }),
};
`,
      },
    },
  );
  fs.chmodSync(daemon.folder, 0o777);
  const port = await daemon.port('shout');
  const peer = await visit(t, port);
  await peer.write('hello');
  t.equal((await peer.bytes(8)).toString(), 'HELLO!12');
  const said = await daemon.line((line) => line['message'] === 'shouting');
  const [session] = await daemon.sessions();
  t.match(said, { service: 'shout', session: session?.id, peer: `127.0.0.1:${peer.port}`, to: '127.0.0.1', on: port });
  peer.end();
  t.equal((await peer.rest()).toString(), '', 'returning closes politely');
  const datagrams = await sendTo(t, await daemon.port('shout', 1));
  await datagrams.send('hello');
  t.equal(await datagrams.receive(), 'HELLO!');
  daemon.signal('SIGTERM');
  t.same(await daemon.exited, { code: 0, signal: null });
  t.equal(fs.readFileSync(join(daemon.folder, 'stopped'), 'utf8'), 'shout');
});

t.test('defineService with options of its own', async (t) => {
  const config = (options: string): string =>
    `services: { greet: { type: ./greet.ts, listen: tcp://127.0.0.1:0, ${options} } }\n`;
  const daemon = await startDaemon(t, config('greeting: hello, times: 2'), {
    files: {
      'greet.ts': `import { defineService, type Session } from 'portico';
import * as z from 'zod';

export default defineService({
  name: 'greet',
  summary: 'greets',
  transports: ['stream'],
  options: z.strictObject({ greeting: z.string(), times: z.int().default(1) }),
  example: 'listen: tcp://127.0.0.1:2001',
  create: ({ greeting, times }) => ({
    async connection({ stream }: Session) {
      stream.write(greeting.repeat(times));
    },
  }),
});
`,
    },
  });
  t.equal((await (await visit(t, await daemon.port('greet'))).rest()).toString(), 'hellohello');

  daemon.write(config('greting: hello, times: often'));
  t.test('check names what is wrong with them', async (t) => {
    const { code, stdout, stderr } = await daemon.command('check');
    t.equal(code, 78);
    t.match(stdout + stderr, /services\.greet\.greting: unknown key "greting", did you mean "greeting"/);
    t.match(stdout + stderr, /services\.greet\.times: expected a/);
  });
  t.test('a reload with them changes nothing', async (t) => {
    const { code, stderr } = await daemon.command('reload');
    t.equal(code, 78);
    t.match(stderr, /service greet: .*greeting.*times/s);
    t.equal((await (await visit(t, await daemon.port('greet'))).rest()).toString(), 'hellohello');
  });
  t.test('a transport that it does not take is a mistake', async (t) => {
    daemon.write('services: { greet: { type: ./greet.ts, listen: udp://127.0.0.1:0, greeting: hello } }\n');
    t.equal((await daemon.command('check')).code, 78);
    await t.rejects(daemon.reload());
  });
});

t.test('what a service throws is logged once and costs one session', async (t) => {
  const daemon = await startDaemon(
    t,
    `services:
  clumsy: { type: ./clumsy.ts, listen: [tcp://127.0.0.1:0, udp://127.0.0.1:0] }
  echo: { listen: tcp://127.0.0.1:0 }
`,
    {
      files: {
        'clumsy.ts': `import { setImmediate as nextTick } from 'node:timers/promises';

export default {
  name: 'clumsy',
  create: () => ({
    async connection({ stream }) {
      for await (const chunk of stream) {
        if (chunk.toString() === 'bad') throw new Error('that was bad');
        stream.write(chunk);
      }
      stream.write('your answer');
      await nextTick();
      throw new Error('an end that was bad');
    },
    datagram({ data, reply }) {
      if (data.toString() === 'bad') throw new Error('a bad datagram');
      reply(data);
    },
  }),
};
`,
      },
    },
  );
  const [port, pid] = [await daemon.port('clumsy'), await daemon.workerPid()];
  const [peer, other] = [await visit(t, port), await visit(t, port)];
  t.equal(await exchange(other, 'good'), 'good');
  await exchange(peer, 'good');
  await peer.write('bad');
  await t.rejects(peer.rest(), { code: 'ECONNRESET' }, 'a reset: what came was not all there was');
  const line = await daemon.line((entry) => entry.event === 'service.error');
  t.match(line, { severity: 'err', service: 'clumsy', peer: `127.0.0.1:${peer.port}`, session: String });
  t.match(JSON.stringify(line['error']), /that was bad/);
  t.match(line['stack'], /clumsy\.ts:\d+/);
  t.match(await daemon.line((entry) => entry.event === 'session.end'), { session: line['session'], reason: 'error' });

  const third = await visit(t, port);
  third.end();
  t.equal((await third.bytes(11)).toString(), 'your answer', 'a loop that is over leaves the stream open');
  await t.rejects(third.rest(), { code: 'ECONNRESET' });
  await daemon.line((entry) => entry.event === 'service.error' && /an end that was bad/.test(JSON.stringify(entry)));

  const datagrams = await sendTo(t, await daemon.port('clumsy', 1));
  await datagrams.send('bad');
  await datagrams.send('good');
  t.equal(await datagrams.receive(), 'good');
  await daemon.line((entry) => entry.event === 'service.error' && /a bad datagram/.test(JSON.stringify(entry)));

  t.equal(await exchange(other, 'good'), 'good');
  t.equal(await echo(await daemon.port('echo'), 'untouched'), 'untouched');
  t.equal(await daemon.workerPid(), pid);
  t.equal(daemon.lines.filter((entry) => entry.event === 'service.error').length, 3);
});

t.test('services that do not start cost the others nothing', async (t) => {
  const daemon = await startDaemon(
    t,
    `services:
  thrower: { type: ./thrower.ts, listen: tcp://127.0.0.1:0 }
  leaver: { type: ./leaver.ts, listen: tcp://127.0.0.1:0 }
  broken: { type: ./broken.ts, listen: tcp://127.0.0.1:0 }
  empty: { type: ./empty.ts, listen: tcp://127.0.0.1:0 }
  picky: { type: ./picky.ts, listen: tcp://127.0.0.1:0 }
  alone: { type: ./leaver.ts, listen: tcp://127.0.0.1:0, isolate: true }
  echo: { listen: tcp://127.0.0.1:0 }
`,
    {
      files: {
        'thrower.ts': `export default { name: 'thrower', create() { throw new Error('not today'); } };`,
        'leaver.ts': 'process.exit(3);',
        'broken.ts': 'export default {',
        'empty.ts': '',
        'picky.ts': `export default { name: 'picky', create: () => ({ datagram() {} }) };`,
      },
    },
  );
  t.equal(await echo(await daemon.port('echo'), 'served'), 'served');
  const { services, state } = await daemon.status();
  t.equal(state, 'running');
  t.same(
    services.map((service) => [service.name, service.state]),
    [
      ['thrower', 'failed'],
      ['leaver', 'failed'],
      ['broken', 'failed'],
      ['empty', 'failed'],
      ['picky', 'failed'],
      ['alone', 'failed'],
      ['echo', 'up'],
    ],
  );
  const errors = Object.fromEntries(services.map(({ name, error }) => [name, error]));
  t.equal(errors['thrower'], 'not today');
  t.equal(errors['leaver'], 'the worker ended while the service was starting (status 3)');
  t.match(errors['broken'], /^cannot load .*broken\.ts:\d+: /);
  t.match(errors['empty'], /empty\.ts: expected a default export with a function "create"/);
  t.equal(errors['picky'], 'service picky takes no connections');
  t.equal(errors['alone'], 'the worker ended while the service was starting (status 3)');
  t.equal(errors['echo'], null);
  for (const [name, error] of Object.entries(errors).filter(([, text]) => text !== null)) {
    t.match(await daemon.line((line) => line.event === 'service.failed' && line['service'] === name), { error });
  }

  t.test('and come up with the next reload once they are right', async (t) => {
    for (const name of ['thrower', 'leaver', 'broken', 'empty', 'picky']) {
      daemon.put(
        `${name}.ts`,
        `export default { create: () => ({ connection: ({ stream }) => void stream.end('ok') }) };`,
      );
    }
    await daemon.reload();
    for (const { name, state: now } of (await daemon.status()).services) t.equal(now, 'up', name);
    t.equal((await (await visit(t, await daemon.port('alone'))).rest()).toString(), 'ok');
  });
});

t.test('services that end their process', async (t) => {
  const daemon = await startDaemon(
    t,
    `services:
  leaver: { type: ./leaver.ts, listen: tcp://127.0.0.1:0, isolate: true }
  bomb: { type: ./bomb.ts, listen: tcp://127.0.0.1:0, isolate: true }
  echo: { listen: tcp://127.0.0.1:0 }
`,
    {
      files: {
        'leaver.ts': `export default {
  create: () => ({
    async connection({ stream }) {
      for await (const chunk of stream) {
        if (chunk.toString() === 'leave') process.exit(0);
        stream.write(chunk);
      }
    },
  }),
};
`,
        'bomb.ts': `export default {
  create: () => ({
    async connection({ stream }) {
      for await (const chunk of stream) {
        if (chunk.toString() === 'timer') setTimeout(() => { throw new Error('where nobody catches it'); });
        else if (chunk.toString() === 'promise') void Promise.reject(new Error('that nobody awaits'));
        else stream.write(chunk);
      }
    },
  }),
};
`,
      },
    },
  );
  const witness = await visit(t, await daemon.port('echo'));
  await exchange(witness, 'before');
  for (const [name, word, exit] of [
    ['leaver', 'leave', 'status 0'],
    ['bomb', 'timer', 'status 70'],
    ['bomb', 'promise', 'status 70'],
  ] as const) {
    const pid = await daemon.workerPid(name);
    const peer = await dial(await daemon.port(name));
    await peer.write(word);
    t.match(await daemon.line((line) => line.event === 'worker.exit' && line['worker'] === pid), { pool: name, exit });
    peer.socket.destroy();
    t.equal(await echo(await daemon.port(name), 'again'), 'again', `${name} is replaced`);
    t.equal(await exchange(witness, 'meanwhile'), 'meanwhile');
  }
  const crashes = daemon.lines.filter((line) => line.event === 'worker.crash');
  t.same(
    crashes.map((line) => line['error']),
    ['where nobody catches it', 'that nobody awaits'],
  );
  t.match(crashes[0]?.['stack'], /bomb\.ts:\d+/);
});

t.test('services that never return', async (t) => {
  const loop = 'for (;;);';
  const stuck = launchDaemon(
    t,
    `services:
  echo: { listen: tcp://127.0.0.1:0 }
  stuck: { type: ./stuck.ts, listen: tcp://127.0.0.1:0 }
  late: { type: echo, listen: tcp://127.0.0.1:0 }
`,
    { files: { 'stuck.ts': `export default { create() { ${loop} } };` } },
  );
  const daemon = await startDaemon(
    t,
    `services:
  spinner: { type: ./spinner.ts, listen: tcp://127.0.0.1:0, isolate: true }
  echo: { listen: tcp://127.0.0.1:0 }
`,
    {
      files: {
        'spinner.ts': `export default {
  create: () => ({
    async connection({ stream }) {
      for await (const chunk of stream) {
        if (chunk.toString() === 'spin') ${loop}
        stream.write(chunk);
      }
    },
  }),
};
`,
      },
    },
  );
  const [port, pid] = [await daemon.port('spinner'), await daemon.workerPid('spinner')];
  const witness = await visit(t, await daemon.port('echo'));
  const peer = await visit(t, port);
  await peer.write('spin');

  t.test('the others go on meanwhile', async (t) => {
    t.equal(await exchange(witness, 'not held up'), 'not held up');
    t.equal(await echo(await daemon.port('echo'), 'new ones neither'), 'new ones neither');
    t.match(await daemon.status(), {
      state: 'running',
      services: [{ name: 'spinner' }, { name: 'echo', state: 'up' }],
    });
  });
  t.test('after ten seconds without an answer the worker is replaced', async (t) => {
    const waiting = echo(port, 'waited for it');
    t.match(await daemon.line((line) => line.event === 'worker.unresponsive'), { pool: 'spinner', worker: pid });
    const exit = await daemon.line((line) => line.event === 'worker.exit' && line['worker'] === pid);
    t.match(exit, { pool: 'spinner', exit: 'SIGKILL' });
    t.equal(await waiting, 'waited for it', 'who connected meanwhile was not refused');
    t.equal(await exchange(witness, 'still the same'), 'still the same');
  });
  t.test('also one that was left over from the program before', { skip: libc === null }, async (t) => {
    const spinning = await daemon.workerPid('spinner');
    const other = await visit(t, port);
    await other.write('spin');
    daemon.signal('SIGUSR2');
    await daemon.line((line) => line.event === 'config.loaded' && line['generation'] === 2);
    t.equal(await echo(port, 'by the next one'), 'by the next one');
    await daemon.line((line) => line.event === 'worker.unresponsive' && line['worker'] === spinning);
    t.equal((await other.rest().catch(() => '')).toString(), '');
    t.equal(await exchange(witness, 'still the same'), 'still the same');
  });
  t.test('one that never returns from create is left out', async (t) => {
    t.match(await stuck.line((line) => line.event === 'service.failed'), {
      service: 'stuck',
      error: 'the worker ended while the service was starting (SIGKILL)',
    });
    await stuck.line((line) => line.event === 'config.loaded');
    t.equal(await echo(await stuck.port('echo'), 'before it'), 'before it');
    t.equal(await echo(await stuck.port('late'), 'behind it'), 'behind it');
  });
});

t.test('a worker that grows past daemon.memory is replaced', async (t) => {
  const daemon = await startDaemon(
    t,
    `daemon: { memory: 300MB }
services:
  hoarder: { type: ./hoarder.ts, listen: tcp://127.0.0.1:0, isolate: true }
  echo: { listen: tcp://127.0.0.1:0 }
`,
    {
      files: {
        'hoarder.ts': `const hoard = [];
export default {
  create: () => ({
    async connection({ stream }) {
      for await (const chunk of stream) {
        if (chunk.toString() === 'more') hoard.push(Buffer.alloc(400 * 1024 ** 2, 1));
        stream.write(chunk);
      }
    },
  }),
};
`,
      },
    },
  );
  const [port, pid] = [await daemon.port('hoarder'), await daemon.workerPid('hoarder')];
  const witness = await visit(t, await daemon.port('echo'));
  const peer = await visit(t, port);
  t.equal(await exchange(peer, 'more'), 'more');
  const line = await daemon.line((entry) => entry.event === 'worker.memory');
  t.match(line, { pool: 'hoarder', worker: pid });
  t.ok((line['rss'] as number) > 300 * 1024 ** 2);
  t.equal(await exchange(peer, 'polite'), 'polite', 'its sessions get a moment to end');
  peer.end();
  await daemon.line((entry) => entry.event === 'worker.retired' && entry['worker'] === pid);
  t.not(await daemon.workerPid('hoarder'), pid);
  t.equal(await echo(port, 'small again'), 'small again');
  t.equal(await exchange(witness, 'untouched'), 'untouched');
});
