import { existsSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import type { Service } from '../../../src/contract/index.ts';
import { TreeError } from '../../../src/contract/tree.ts';
import tftp from '../../../src/services/tftp/index.ts';
import { describeService } from '../../support/describe-service.ts';
import { createFakeContext, type FakeContext } from '../../support/fake-context.ts';
import { sendPacket } from '../../support/fake-packet.ts';
import { createMemoryDesk } from '../../support/memory-desk.ts';
import { ack, data, describePacket, hasty, openPeer, request, startTftp, type TftpPeer } from '../../support/tftp.ts';

describeService(tftp, { send: 'ignored' });

type Options = Readonly<Record<string, unknown>>;

/** A server and a peer that talks to it packet by packet, from whatever port it answers. */
async function talk(t: Test, options: Options, context: FakeContext = createFakeContext(), patience = hasty) {
  const root = (options['root'] as string | undefined) ?? t.testdir({ abc: 'abc', full: 'x'.repeat(1024) });
  const server = await startTftp(t, { options: { root, ...options }, contexts: [context], patience });
  const peer = await openPeer(t);
  let answers = server.port;
  const say = (packet: Buffer): void => peer.send(packet, answers);
  const ask = (packet: Buffer): void => peer.send(packet, server.port);
  const hear = async (ms?: number): Promise<string> => {
    const heard = await peer.receive(ms);
    if (heard !== null) answers = heard.port;
    return describePacket(heard?.packet);
  };
  return { root, server, peer, ask, say, hear, context, answersFrom: () => answers };
}

const quiet = 25;

for (const singlePort of [false, true]) {
  const where = singlePort ? 'on one port' : 'on ports of their own';
  const base: Options = { single_port: singlePort };

  t.test(`transfers ${where}`, async (t) => {
    t.test('gives a file', async (t) => {
      const { ask, say, hear, answersFrom, server, context } = await talk(t, base);
      ask(request('read', 'abc'));
      t.equal(await hear(), 'DATA 1 (3)');
      t.equal(answersFrom() === server.port, singlePort);
      say(ack(1));
      const line = await context.logged(/^file sent$/);
      t.match(line.fields, {
        name: 'abc',
        bytes: 3,
        duration: Number,
        peer: /^127\.0\.0\.1:\d+$/,
        session: /^\w{12}$/,
      });
    });
    t.test('ends a file of whole blocks with an empty one', async (t) => {
      const { ask, say, hear, context } = await talk(t, base);
      ask(request('read', '/full'));
      t.equal(await hear(), 'DATA 1 (512)');
      say(ack(1));
      t.equal(await hear(), 'DATA 2 (512)');
      say(ack(2));
      t.equal(await hear(), 'DATA 3 (0)');
      say(ack(3));
      t.match((await context.logged(/^file sent$/)).fields, { bytes: 1024 });
    });
    t.test('says which options it takes', async (t) => {
      const { ask, say, hear } = await talk(t, base);
      ask(request('read', 'full', 'octet', { tsize: 0, blksize: 1000, timeout: 3, windowsize: 2, unknown: 1 }));
      t.equal(await hear(), 'OACK tsize=1024 blksize=1000 timeout=3 windowsize=2');
      say(ack(0));
      t.equal(await hear(), 'DATA 1 (1000)');
      t.equal(await hear(), 'DATA 2 (24)');
      say(ack(2));
    });
    t.test('goes on from what was acknowledged of a window', async (t) => {
      const { ask, say, hear } = await talk(t, base);
      ask(request('read', 'full', 'octet', { blksize: 300, windowsize: 3 }));
      await hear();
      say(ack(0));
      t.same([await hear(), await hear(), await hear()], ['DATA 1 (300)', 'DATA 2 (300)', 'DATA 3 (300)']);
      say(ack(1));
      t.same([await hear(), await hear(), await hear()], ['DATA 2 (300)', 'DATA 3 (300)', 'DATA 4 (124)']);
      say(ack(4));
    });
    t.test('never sends a block again because an acknowledgement has come twice', async (t) => {
      const { ask, say, hear } = await talk(t, base, undefined, { ...hasty, firstMs: 60_000 });
      ask(request('read', 'full'));
      await hear();
      say(ack(1));
      say(ack(1));
      say(ack(1));
      t.equal(await hear(), 'DATA 2 (512)');
      t.equal(await hear(quiet), 'nothing');
      say(ack(2));
      say(ack(1));
      t.equal(await hear(), 'DATA 3 (0)');
      t.equal(await hear(quiet), 'nothing');
      say(ack(3));
    });
    t.test('sends again what gets no answer, and gives up', async (t) => {
      const { ask, say, hear, context } = await talk(t, base, undefined, {
        ...hasty,
        tries: 4,
        firstTries: 2,
        firstMs: 5,
        longestMs: 10,
      });
      ask(request('read', 'full'));
      t.same(
        [await hear(), await hear(), await hear(50)],
        ['DATA 1 (512)', 'DATA 1 (512)', 'nothing'],
        'a few times first',
      );
      t.match((await context.logged(/^transfer ended$/)).fields, { reason: 'the peer does not answer' });
      ask(request('read', 'full'));
      await hear();
      say(ack(1));
      const sent: string[] = [];
      for (let heard = await hear(); heard !== 'nothing'; heard = await hear(60)) sent.push(heard);
      t.same(sent.filter((packet) => packet === 'DATA 2 (512)').length, 4, 'more often once the peer is real');
    });
    t.test('takes a request that is sent again for the same one', async (t) => {
      const { ask, hear } = await talk(t, base, undefined, { ...hasty, firstMs: 60_000 });
      ask(request('read', 'abc'));
      t.equal(await hear(), 'DATA 1 (3)');
      ask(request('read', 'abc'));
      t.equal(await hear(quiet), 'nothing');
      ask(request('read', 'full'));
      t.equal(await hear(), 'DATA 1 (512)', 'another one takes its place');
    });
    t.test('takes a file in', async (t) => {
      const { root, ask, say, hear, context } = await talk(t, { ...base, write: true });
      ask(request('write', 'new.bin'));
      t.equal(await hear(), 'ACK 0');
      say(data(1, 'y'.repeat(512)));
      t.equal(await hear(), 'ACK 1');
      t.notOk(existsSync(join(root, 'new.bin')), 'nothing is seen of it before its end');
      say(data(1, 'y'.repeat(512)));
      t.equal(await hear(), 'ACK 1', 'a block that comes again is acknowledged again');
      say(data(2, 'end'));
      t.equal(await hear(), 'ACK 2');
      t.equal(readFileSync(join(root, 'new.bin'), 'utf8'), `${'y'.repeat(512)}end`);
      say(data(2, 'end'));
      t.equal(await hear(), 'ACK 2', 'the last one too, if that was lost');
      t.match((await context.logged(/^file received$/)).fields, { bytes: 515, name: 'new.bin' });
      t.match(context.items, [{ name: /new\.bin$/, size: 515, peer: /^127\.0\.0\.1:/, session: /^\w{12}$/ }]);
    });
    t.test('takes windows in, and tells once where one has a gap', async (t) => {
      const { root, ask, say, hear } = await talk(t, { ...base, write: true }, undefined, {
        ...hasty,
        firstMs: 60_000,
      });
      ask(request('write', 'w', 'octet', { blksize: 8, windowsize: 3 }));
      t.equal(await hear(), 'OACK blksize=8 windowsize=3');
      say(data(1, '11111111'));
      say(data(3, '33333333'));
      say(data(3, '33333333'));
      t.equal(await hear(), 'ACK 1');
      t.equal(await hear(quiet), 'nothing');
      for (const block of [2, 3, 4]) say(data(block, String(block).repeat(8)));
      t.equal(await hear(), 'ACK 4');
      say(data(5, ''));
      t.equal(await hear(), 'ACK 5');
      t.equal(readFileSync(join(root, 'w'), 'utf8'), '11111111222222223333333344444444');
    });
    t.test('leaves nothing of a file that breaks off', async (t) => {
      const { root, ask, say, hear, context } = await talk(t, { ...base, write: true });
      ask(request('write', 'part'));
      await hear();
      say(data(1, 'z'.repeat(512)));
      await hear();
      say(Buffer.from('\0\x05\0\x00Tired\x1b\0'));
      t.match((await context.logged(/^transfer ended$/)).fields, { reason: 'the peer gives up: error 0 Tired\\x1b' });
      t.notOk(existsSync(join(root, 'part')));
      t.same(context.items, []);
    });
    t.test('turns the ends of lines round for netascii', async (t) => {
      const root = t.testdir({ text: 'one\ntwo\r' });
      const { ask, say, peer, hear } = await talk(t, { ...base, root, write: true });
      ask(request('read', 'text', 'netascii', { tsize: 0, blksize: 512 }));
      t.equal(await hear(), 'OACK blksize=512', 'nobody knows how long it will be');
      say(ack(0));
      const sent = await peer.receive();
      t.equal(sent?.packet.toString('utf8', 4), 'one\r\ntwo\r\0');
      peer.send(ack(1), sent?.port ?? 0);
      const other = await openPeer(t);
      other.send(request('write', 'back', 'netascii'), (await talkPort(base, root, t)).port);
      const first = await other.receive();
      other.send(data(1, 'one\r\ntwo\r\0three\r'), first?.port ?? 0);
      t.equal(describePacket((await other.receive())?.packet), 'ACK 1');
      t.equal(readFileSync(join(root, 'back'), 'utf8'), 'one\ntwo\rthree\r');
    });
    t.test('tells what does not go', async (t) => {
      const root = t.testdir({ here: 'old', folder: { inside: 'x' }, secret: { below: 'x' } });
      symlinkSync('/etc/hostname', join(root, 'out'));
      const { peer, server } = await talk(t, { ...base, root, write: true, max_file_size: '1KB' });
      const table: [packet: Buffer, answer: RegExp][] = [
        [request('read', 'missing'), /^ERROR 1 File not found$/],
        [request('read', 'folder'), /^ERROR 2 Is a folder$/],
        [request('read', 'out'), /^ERROR [12] /],
        [request('read', '../../../../etc/hostname'), /^ERROR 1 File not found$/],
        [request('read', 'a\x07b'), /^ERROR [12] /],
        [request('write', 'here'), /^ERROR 6 File already exists$/],
        [request('write', 'no/folder'), /^ERROR 1 /],
        [request('write', 'big', 'octet', { tsize: 1025 }), /^ERROR 3 File too large$/],
        [request('write', 'fits', 'octet', { tsize: 1024 }), /^OACK tsize=1024$/],
        [request('read', 'here', 'mail'), /^ERROR 4 the mode is octet or netascii$/],
        [Buffer.from('\0\x01here'), /^ERROR 4 not a text$/],
      ];
      for (const [packet, answer] of table) {
        const each = await openPeer(t);
        each.send(packet, server.port);
        const heard = await each.receive();
        t.match(describePacket(heard?.packet), answer);
        each.send(Buffer.from('\0\x05\0\0\0'), heard?.port ?? 0);
      }
      t.equal(readFileSync(join(root, 'here'), 'utf8'), 'old');
      t.ok(peer.port > 0);
    });
    t.test('takes nothing larger than it should', async (t) => {
      const { root, ask, say, hear } = await talk(t, { ...base, write: true, max_file_size: '1KB' });
      for (const [name, last, answer] of [
        ['fits', '', 'ACK 3'],
        ['big', 'x', 'ERROR 3 File too large'],
      ] as const) {
        ask(request('write', name));
        await hear();
        for (const block of [1, 2]) {
          say(data(block, 'x'.repeat(512)));
          await hear();
        }
        say(data(3, last));
        t.equal(await hear(), answer);
      }
      t.equal(statSync(join(root, 'fits')).size, 1024);
      t.notOk(existsSync(join(root, 'big')));
    });
    t.test('takes no block that is longer than was agreed', async (t) => {
      const { ask, say, hear } = await talk(t, { ...base, write: true });
      ask(request('write', 'x'));
      await hear();
      say(data(1, 'x'.repeat(513)));
      t.equal(await hear(), 'ERROR 4 Block too long');
    });
    t.test('takes nothing at all, where nobody has said that it may', async (t) => {
      const { root, ask, hear } = await talk(t, base);
      ask(request('write', 'x'));
      t.equal(await hear(), 'ERROR 2 Access violation');
      t.same(readdirSync(root).sort(), ['abc', 'full']);
    });
    t.test('replaces a file where it may', async (t) => {
      const { root, ask, say, hear } = await talk(t, { ...base, write: true, overwrite: true });
      ask(request('write', 'abc'));
      await hear();
      say(data(1, 'new'));
      t.equal(await hear(), 'ACK 1');
      t.equal(readFileSync(join(root, 'abc'), 'utf8'), 'new');
    });
    t.test('has so many transfers at once', async (t) => {
      const { server, context } = await talk(t, { ...base, transfers: 2, write: true }, undefined, {
        ...hasty,
        firstMs: 60_000,
        dallyMs: 60_000,
      });
      const peers: TftpPeer[] = [await openPeer(t), await openPeer(t), await openPeer(t)];
      const heard: string[] = [];
      const ports: number[] = [];
      for (const [index, peer] of peers.entries()) {
        peer.send(request('write', `f${index}`), server.port);
        const answer = await peer.receive();
        heard.push(describePacket(answer?.packet));
        ports.push(answer?.port ?? 0);
        if (index === 2) continue;
        peer.send(data(1, 'x'.repeat(512)), answer?.port ?? 0);
        await peer.receive();
      }
      t.same(heard, ['ACK 0', 'ACK 0', 'ERROR 0 Busy, try again later']);
      peers[0]?.send(data(2, 'x'), ports[0] as number);
      await context.logged(/^file received$/);
      peers[2]?.send(request('write', 'f2'), server.port);
      t.equal(describePacket((await peers[2]?.receive())?.packet), 'ACK 0', 'one that only waits makes room');
    });
    // Regression: forged requests, whose peers never answer, kept the places of all others.
    t.test('the oldest that has had no answer makes room', async (t) => {
      const { server, context } = await talk(t, { ...base, transfers: 2 }, undefined, { ...hasty, firstMs: 60_000 });
      const peers: TftpPeer[] = [await openPeer(t), await openPeer(t), await openPeer(t)];
      for (const peer of peers) {
        peer.send(request('read', 'full', 'octet', { timeout: 255 }), server.port);
        t.equal(describePacket((await peer.receive())?.packet), 'OACK timeout=255');
      }
      t.match((await context.logged(/^transfer ended$/)).fields, { reason: /its peer has not answered$/ });
    });
    t.test('tells who is on the way when it stops', async (t) => {
      const { ask, hear, server } = await talk(t, base, undefined, { ...hasty, firstMs: 60_000 });
      ask(request('read', 'full'));
      await hear();
      const stopping = (server.services[0] as Service).stop?.();
      t.equal(await hear(), 'ERROR 0 Try again later');
      await stopping;
    });
    t.test('waits for what is on the way when it drains', async (t) => {
      const { ask, say, hear, server, context } = await talk(t, base, undefined, { ...hasty, firstMs: 60_000 });
      ask(request('read', 'full'));
      await hear();
      context.drain();
      let isDrained = false;
      const drained = Promise.resolve(server.services[0]?.drain?.()).then(() => (isDrained = true));
      for (const block of [1, 2]) {
        say(ack(block));
        await hear();
      }
      t.equal(isDrained, false);
      say(ack(3));
      await drained;
    });
    t.test('hands what comes to deliveries, and acknowledges it after that', async (t) => {
      const order: string[] = [];
      const desk = createMemoryDesk(() => order.push('queued'));
      const context = createFakeContext({ desk, deliver: ['archive'] });
      const { root, ask, say, hear } = await talk(t, { ...base, write: true }, context);
      ask(request('write', 'scan.tif'));
      await hear();
      say(data(1, 'pixels'));
      order.push(await hear());
      t.same(order, ['queued', 'ACK 1']);
      t.match(desk.taken, [
        { text: 'pixels', envelope: { service: 'test', name: 'scan.tif', account: null, session: /^\w{12}$/ } },
      ]);
      t.equal(readFileSync(join(root, 'scan.tif'), 'utf8'), 'pixels');
    });
    t.test('does not acknowledge what could not be put in the queue', async (t) => {
      const desk = createMemoryDesk(() => {
        throw new Error('the disk is gone');
      });
      const { root, ask, say, hear, context } = await talk(
        t,
        { ...base, write: true },
        createFakeContext({ desk, deliver: ['archive'] }),
      );
      ask(request('write', 'scan.tif'));
      await hear();
      say(data(1, 'pixels'));
      t.match(await hear(), /^ERROR 0 /);
      t.notOk(existsSync(join(root, 'scan.tif')));
      t.same(context.items, []);
    });
  });
}

async function talkPort(base: Options, root: string, t: Test): Promise<{ port: number }> {
  return startTftp(t, { options: { root, write: true, ...base } });
}

t.test('tells a stranger that it has no transfer, and goes on', async (t) => {
  const { ask, say, hear, answersFrom } = await talk(t, {}, undefined, { ...hasty, firstMs: 60_000 });
  ask(request('read', 'full'));
  await hear();
  const stranger = await openPeer(t);
  stranger.send(ack(1), answersFrom());
  t.equal(describePacket((await stranger.receive())?.packet), 'ERROR 5 Unknown transfer');
  stranger.send(Buffer.from('\0\x05\0\0\0'), answersFrom());
  t.equal(await stranger.receive(quiet), null, 'an error is never answered');
  say(ack(1));
  t.equal(await hear(), 'DATA 2 (512)');
});

t.test('on one port, too', async (t) => {
  const { server } = await talk(t, { single_port: true });
  const stranger = await openPeer(t);
  stranger.send(ack(1), server.port);
  t.equal(describePacket((await stranger.receive())?.packet), 'ERROR 5 Unknown transfer');
  stranger.send(Buffer.from('\0\x05\0\0\0'), server.port);
  t.equal(await stranger.receive(quiet), null);
});

t.test('never answers a port that would answer again, nor what is no request', async (t) => {
  const service = await tftp.create(tftp.options.parse({ root: t.testdir({ abc: 'abc' }) }), createFakeContext());
  t.same(
    await sendPacket(service, request('read', ''), { peer: { address: '127.0.0.1', port: 7, family: 'IPv4' } }),
    [],
  );
  t.same(await sendPacket(service, ack(1)), []);
  t.same(await sendPacket(service, ''), []);
  const samePort = { address: '127.0.0.1', port: 2000, family: 'IPv4' } as const;
  t.match(
    await sendPacket(service, request('read', ''), { peer: samePort }),
    [/no name/],
    'boot ROMs have ports like ours',
  );
});

t.test('refuses options that contradict each other', async (t) => {
  const check = (options: Options) => tftp.check?.(tftp.options.parse({ root: './boot', ...options }), [], []);
  t.equal(check({}), null);
  t.equal(check({ write: true, overwrite: true }), null);
  t.match(check({ overwrite: true }), { path: 'overwrite' });
  t.equal(tftp.options.safeParse({}).success, false, 'there has to be a root');
  for (const [size, isRight] of [
    [511, false],
    [512, true],
    [65_464, true],
    [65_465, false],
  ] as const)
    t.equal(tftp.options.safeParse({ root: '.', max_block_size: size }).success, isRight, `${size}`);
});

t.test('shows a command to try', async (t) => {
  t.equal(tftp.trial?.({ kind: 'udp', host: '*', port: 69, path: '' }), 'curl tftp://127.0.0.1:69/NAME');
  t.equal(tftp.trial?.({ kind: 'udp', host: '::', port: 69, path: '' }), 'curl tftp://[::1]:69/NAME');
});

t.test('keeps a root that is missing for a folder that is to come', async (t) => {
  const root = join(t.testdir({}), 'new');
  const { ask, hear } = await talk(t, { root });
  ask(request('read', 'x'));
  t.equal(await hear(), 'ERROR 1 File not found');
  writeFileSync(join(root, 'x'), 'x');
  ask(request('read', 'x'));
  t.equal(await hear(), 'DATA 1 (1)');
});

t.test('a folder of the machine that may not be written to is a warning, with who and where', async (t) => {
  const reason = 'nobody may not do that at /srv/tftp/x (EACCES)';
  const { openTree } = createFakeContext();
  const context = createFakeContext({
    openTree: async (user, options) => ({
      ...(await openTree(user, options)),
      write: () => Promise.reject(new TreeError('denied', 'that is not allowed', { detail: reason })),
    }),
  });
  const { ask, hear } = await talk(t, { write: true }, context);
  ask(request('write', 'x'));
  t.equal(await hear(), 'ERROR 2 Access violation');
  t.match(await context.logged(/^transfer ended$/), { severity: 'warning', fields: { name: 'x', reason } });
});

t.test('a file that is too large is told of by the name of the limit', async (t) => {
  const { ask, say, hear, context } = await talk(t, { write: true, max_file_size: '100B' });
  ask(request('write', 'x'));
  await hear();
  say(data(1, 'x'.repeat(101)));
  t.equal(await hear(), 'ERROR 3 File too large');
  t.match((await context.logged(/^transfer ended$/)).fields, { reason: 'larger than max_file_size: 100 bytes' });
});

t.test('what goes over ports of transfers is counted', async (t) => {
  const { ask, say, hear, context } = await talk(t, {});
  ask(request('read', 'abc'));
  t.equal(await hear(), 'DATA 1 (3)');
  say(ack(1));
  await context.logged(/^file sent$/);
  t.same(context.datagramBytes, { in: 4, out: 7 }, 'an acknowledgement, and a block; the request has come elsewhere');
});
