import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { createTransport } from 'nodemailer';
import t from 'tap';

import { createDaemon, defineService } from '../../src/index.ts';
import { libc } from '../../src/system/libc.ts';

const options = { skip: libc === null ? 'needs node:ffi' : false };

async function say(port: number, line: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  socket.end(line);
  return await text(socket);
}

t.test('a daemon within a program: ports, sessions, its end', options, async (t) => {
  let state: string;
  let port: number;
  {
    await using daemon = await createDaemon({
      services: { echo: { listen: ['tcp://127.0.0.1:0', 'udp://127.0.0.1:0'] } },
    });
    state = daemon.state;
    port = daemon.port('echo');
    t.equal(daemon.address('echo'), `tcp://127.0.0.1:${port}`);
    t.equal(await say(port, 'hello'), 'hello');

    const datagrams = createSocket('udp4');
    t.teardown(() => datagrams.close());
    datagrams.send('over UDP', daemon.port('echo', 1), '127.0.0.1');
    t.equal(String((await once(datagrams, 'message'))[0]), 'over UDP');

    const socket = connect(port, '127.0.0.1');
    socket.write('x');
    await once(socket, 'data');
    const [session] = await daemon.sessions();
    t.match(session, { service: 'echo', bytes: { in: 1, out: 1 } });
    t.equal(await daemon.kick('nobody'), false);
    t.equal(await daemon.kick(session?.id ?? ''), true);
    await once(socket.resume(), 'close');

    t.match(await daemon.status(), { state: 'running', services: [{ name: 'echo', state: 'up' }] });
    // Nobody waits for a log.
    while (!/"event":"session\.end".*"reason":"kick"/.test(await daemon.log())) await new Promise(setImmediate);
    t.throws(() => daemon.port('nothing'), { message: 'there is no listener 0 of a service nothing' });
    t.throws(() => daemon.port('echo', 2), { message: 'there is no listener 2 of a service echo' });
  }
  t.notOk(existsSync(state), 'what it has kept goes with it');
  await t.rejects(say(port, 'anybody?'), { code: 'ECONNREFUSED' });
});

t.test('a type of its own, and another configuration while it runs', options, async (t) => {
  const shout = defineService({
    name: 'shout',
    summary: 'Says it louder',
    transports: ['stream'],
    options: (await import('zod')).strictObject({ mark: (await import('zod')).string().default('!') }),
    example: 'listen: tcp://127.0.0.1:0',
    create: ({ mark }) => ({
      async connection({ stream }) {
        for await (const chunk of stream) stream.write(`${String(chunk).toUpperCase()}${mark}`);
      },
    }),
  });
  await using daemon = await createDaemon({ services: { shout: { listen: 'tcp://127.0.0.1:0' } } }, { types: [shout] });
  const port = daemon.port('shout');
  t.equal(await say(port, 'quiet'), 'QUIET!');
  await daemon.change({ services: { shout: { listen: 'tcp://127.0.0.1:0', mark: '?' } } });
  t.equal(daemon.port('shout'), port, 'the port stays');
  t.equal(await say(port, 'quiet'), 'QUIET?');
  await t.rejects(daemon.change({ services: { shout: { listen: 'tcp://127.0.0.1:0', mark: 1 } } }), {
    message: /services\.shout\.mark/,
  });
  t.equal(await say(port, 'still'), 'STILL?', 'a configuration with mistakes changes nothing');
});

t.test('mail that was acknowledged is delivered, into a folder of the program', options, async (t) => {
  const folder = t.testdir({});
  await using daemon = await createDaemon(
    {
      services: { mail: { type: 'smtp', listen: 'tcp://127.0.0.1:0', deliver: ['inbox'] } },
      deliveries: { inbox: { type: 'directory', path: './inbox' } },
    },
    { folder },
  );
  const transport = createTransport({ host: '127.0.0.1', port: daemon.port('mail'), ignoreTLS: true });
  await transport.sendMail({ from: 'a@example.com', to: 'b@example.com', subject: 'Hello', text: 'there' });
  transport.close();
  // A stop waits for what is on its way.
  while ((await daemon.status()).deliveries[0]?.delivered !== 1) await new Promise(setImmediate);
  const files = readdirSync(join(folder, 'inbox')).filter((name) => name.endsWith('.eml'));
  t.equal(files.length, 1);
  t.match(readFileSync(join(folder, 'inbox', files[0] ?? ''), 'utf8'), /^Subject: Hello\r?$/m);
});

t.test('what cannot be', options, async (t) => {
  await t.rejects(createDaemon({ services: { echo: { listen: 'tcp://127.0.0.1:0', colour: 'red' } } }), {
    name: 'ConfigError',
    message: /services\.echo\.colour|unknown key "colour"/,
  });
  await using first = await createDaemon({ services: { echo: { listen: 'tcp://127.0.0.1:0' } } });
  await t.rejects(createDaemon({ services: { echo: { listen: first.address('echo') } } }), { name: 'BindError' });
  await t.rejects(
    createDaemon({
      services: { web: { type: 'http', listen: 'tcp://127.0.0.1:0', routes: { '/': { module: './no.ts' } } } },
    }),
    { message: /no\.ts/ },
  );
});

t.test('what is wrong is told by its place in the object', options, async (t) => {
  const wrong = createDaemon({ services: { web: { type: 'nope', listen: 'tcp://127.0.0.1:0' } } });
  await t.rejects(wrong, { name: 'ConfigError', message: /^services\.web\.type: unknown service type "nope"/ });
  await t.rejects(createDaemon({ daemon: 5, services: {} }), { name: 'ConfigError', message: /^daemon: / });
  for (const [given, got] of [
    [undefined, 'undefined'],
    [null, 'null'],
    [[], 'a list'],
    ['services: {}', 'string'],
  ] as const)
    await t.rejects(createDaemon(given as never), {
      name: 'TypeError',
      message: new RegExp(`^expected a configuration such as .*, got ${got}$`),
    });
});

t.test('it is of the version of the package', options, async (t) => {
  await using daemon = await createDaemon({ services: { echo: { listen: 'tcp://127.0.0.1:0' } } });
  t.match((await daemon.status()).version, /^\d+\.\d+\.\d+/);
});

t.test('a stop lets sessions end by themselves', options, async (t) => {
  await using daemon = await createDaemon({ services: { echo: { listen: 'tcp://127.0.0.1:0' } } });
  const socket = connect(daemon.port('echo'), '127.0.0.1').setEncoding('utf8');
  socket.write('first');
  await once(socket, 'data');
  const stopped = daemon.stop();
  socket.end(' and last');
  t.equal(await text(socket), ' and last');
  await stopped;
});
