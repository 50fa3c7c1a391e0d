import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import type { LogFields } from '../../../src/contract/index.ts';
import { TemporaryError } from '../../../src/contract/errors.ts';
import syslog from '../../../src/services/syslog/index.ts';
import { describeService } from '../../support/describe-service.ts';
import { createFakeContext } from '../../support/fake-context.ts';
import { sendPacket } from '../../support/fake-packet.ts';
import { createFakeSession } from '../../support/fake-session.ts';
import { createMemoryDesk } from '../../support/memory-desk.ts';

const folder = t.testdir({});

describeService(syslog, {
  options: { file: join(folder, 'described.log') },
  send: '<13>Oct 11 22:14:15 host app: hello\n12 <13>hello you\n',
});

async function stage(t: Test, options: object = {}, commit: () => void = () => {}) {
  const desk = createMemoryDesk(commit);
  const items: LogFields[] = [];
  const context = createFakeContext({
    name: 'logs',
    desk,
    deliver: ['archive'],
    received: (item) => void items.push(item),
  });
  const service = await syslog.create(syslog.options.parse(options), context);
  t.teardown(() => service.stop?.());
  const messages = (): string[][] =>
    desk.taken.map(({ text }) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { message: string }).message),
    );
  return { desk, items, context, service, messages };
}

t.test('what connections and datagrams bring becomes one thing', async (t) => {
  const { desk, items, service, messages } = await stage(t);
  const { peer, ...fake } = createFakeSession({ service: 'logs' });
  const served = fake.serve(service);
  peer.end('<13>one\n<13>two\n');
  await served;
  t.same(await sendPacket(service, '<13>three\n'), [], 'nothing is answered');
  t.same(desk.taken, [], 'not yet');
  await service.drain?.();
  t.same(messages(), [['one', 'two', 'three']]);
  const { envelope, text } = desk.taken[0]!;
  t.match(envelope, {
    service: 'logs',
    session: /^[0-9a-f]{12}$/,
    account: null,
    name: /^syslog-\d{4}-\d\d-\d\d-\d{6}-[0-9a-f]{12}\.jsonl$/,
    mediaType: 'application/x-ndjson',
    size: Buffer.byteLength(text),
  });
  t.match(items, [
    {
      session: envelope.session,
      id: 'item 1',
      name: envelope.name,
      size: envelope.size,
      type: 'application/x-ndjson',
      count: 3,
    },
  ]);
});

t.test('what one session brings has its id', async (t) => {
  const { desk, items, service } = await stage(t, { format: 'raw' });
  const { session, peer, ...fake } = createFakeSession({ service: 'logs' });
  const served = fake.serve(service);
  peer.end('8 <13>one\n8 <13>two\n');
  await served;
  await service.drain?.();
  t.match(desk.taken, [
    { envelope: { session: session.id, name: /\.log$/, mediaType: 'text/plain' }, text: '<13>one\n<13>two\n' },
  ]);
  t.match(items, [{ session: session.id, count: 2 }]);
});

t.test('batches end by count, and keep the order', async (t) => {
  const { service, messages } = await stage(t, { batch: { count: 2 } });
  for (const text of ['1', '2', '3', '4', '5']) await sendPacket(service, `<13>${text}`);
  await service.drain?.();
  t.same(messages(), [['1', '2'], ['3', '4'], ['5']]);
});

t.test('a connection that is lost loses nothing that was read', async (t) => {
  const { service, messages } = await stage(t);
  const { session, peer, ...fake } = createFakeSession({ service: 'logs' });
  const served = fake.serve(service);
  peer.write('<13>whole\n<13>half');
  while (session.stream.readableLength > 0) await turn();
  await turn();
  peer.reset();
  await t.rejects(served, { code: 'ECONNRESET' });
  await service.drain?.();
  t.same(messages(), [['whole', 'half']]);
});

t.test('long messages are cut at the limit', async (t) => {
  const { service, messages, desk } = await stage(t, { max_message: '480B' });
  const text = '0123456789'.repeat(48);
  await sendPacket(service, text);
  await sendPacket(service, `${text}x`);
  await service.drain?.();
  t.same(messages(), [[text, text]]);
  t.same(
    desk.taken[0]?.text.split('\n', 2).map((line) => (JSON.parse(line) as { truncated?: true }).truncated),
    [undefined, true],
  );
});

t.test('while nothing can be stored connections wait, and datagrams are lost and counted', async (t) => {
  let isDown = true;
  const { service, messages, context } = await stage(t, { batch: { count: 100, time: '0s' } }, () => {
    if (isDown) throw new TemporaryError('the queue does not answer');
  });
  const { peer, ...fake } = createFakeSession({ service: 'logs' });
  const served = fake.serve(service);
  // JSON has each text twice: some 130 KB of the 16 MB that are held.
  const long = 'x'.repeat(65_000);
  let written = 0;
  while (peer.stream.writableLength < 1_000_000) {
    peer.write(`<13>${written} ${long}\n`);
    written += 1;
    await turn();
    if (written > 1000) break;
  }
  t.ok(written < 300, `it stops to read: ${written} written`);
  await sendPacket(service, '<13>lost');
  await context.logged(/cannot be handed to the deliveries/);
  isDown = false;
  await context.logged(/messages are stored again/);
  peer.end();
  await served;
  await sendPacket(service, '<13>last');
  await service.stop?.();
  const all = messages().flat();
  t.same(
    all.map((message) => message.split(' ')[0]),
    [...Array.from({ length: written }, (_, count) => String(count)), 'last'],
  );
  t.match(
    context.logs.map(({ message, fields }) => [message, fields]),
    [
      [/cannot be handed/, { error: 'the queue does not answer' }],
      [/stored again/, {}],
      [/messages were lost/, { count: 1 }],
    ],
  );
  t.equal(context.logs.length, 3);
});

t.test('a worker that ends closes its end first, and reads what still comes', async (t) => {
  const { service, messages, context } = await stage(t);
  const { peer, ...fake } = createFakeSession({ service: 'logs' });
  const served = fake.serve(service);
  peer.write('<13>before\n');
  context.drain();
  await once(peer.stream.resume(), 'end');
  peer.end('<13>after\n');
  await served;
  await service.drain?.();
  t.same(messages(), [['before', 'after']]);
});

t.test('what cannot be stored at the end is told', async (t) => {
  const { service, context } = await stage(t, {}, () => {
    throw new TemporaryError('no');
  });
  await sendPacket(service, '<13>x');
  await service.stop?.();
  t.match(context.logs.at(-1), { severity: 'err', message: /the worker ends/, fields: { count: 1 } });
});

t.test('a file and the deliveries, each in its format', async (t) => {
  const path = join(folder, 'both.log');
  const { service, messages } = await stage(t, { file: path });
  await sendPacket(service, '<13>hello');
  await service.drain?.();
  t.equal(readFileSync(path, 'utf8'), '<13>hello\n');
  t.same(messages(), [['hello']]);
});

t.test('messages that would go nowhere are a mistake', async (t) => {
  const check = (options: object, deliver: string[]) => syslog.check?.(syslog.options.parse(options), [], deliver);
  t.match(check({}, []), { path: 'file', message: 'expected a file, or deliver: messages would go nowhere' });
  t.equal(check({ file: '/x' }, []), null);
  t.equal(check({}, ['archive']), null);
});

t.test('a command to try', async (t) => {
  const at = { host: '*', port: 514, path: '/run/log' };
  t.equal(syslog.trial?.({ ...at, kind: 'udp' }), 'logger -n 127.0.0.1 -P 514 -d hello');
  t.equal(syslog.trial?.({ ...at, kind: 'tcp' }), 'logger -n 127.0.0.1 -P 514 -T hello');
  t.match(syslog.trial?.({ ...at, kind: 'tls' }), /openssl s_client/);
  t.match(syslog.trial?.({ ...at, kind: 'unix' }), /nc -q 1 -U \/run\/log/);
});
