import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import type { Patience } from '../../../src/services/tftp/patience.ts';
import { createFakeBuses } from '../../support/fake-bus.ts';
import { createFakeContext } from '../../support/fake-context.ts';
import { ack, data, describePacket, hasty, openPeer, request, startTftp } from '../../support/tftp.ts';

// Workers read from one socket, and nobody knows which of them a packet comes to.

const patient = { ...hasty, firstMs: 60_000 };

async function startTwo(t: Test, files: Record<string, string> = {}, more: Partial<Patience> = {}) {
  const root = t.testdir({ full: 'x'.repeat(1024), ...files });
  const buses = createFakeBuses(2);
  const contexts = buses.map((bus) => createFakeContext({ bus }));
  const patience = { ...patient, ...more };
  const server = await startTftp(t, { options: { root, single_port: true, write: true }, contexts, patience });
  const peer = await openPeer(t);
  const say = (packet: Buffer): void => peer.send(packet, server.port);
  const hear = async (ms?: number): Promise<string> => describePacket((await peer.receive(ms))?.packet);
  return { root, server, contexts, buses, peer, say, hear };
}

t.test('a transfer gets its packets, whichever worker reads them', async (t) => {
  const { say, hear, server, contexts, root } = await startTwo(t);
  server.steer(0);
  say(request('read', 'full'));
  t.equal(await hear(), 'DATA 1 (512)');
  server.steer(1);
  say(ack(1));
  t.equal(await hear(), 'DATA 2 (512)');
  server.steer(0);
  say(ack(2));
  t.equal(await hear(), 'DATA 3 (0)');
  server.steer(1);
  say(ack(3));
  await contexts[0]?.logged(/^file sent$/);

  say(request('write', 'new'));
  t.equal(await hear(), 'ACK 0');
  server.steer(0);
  say(data(1, 'y'.repeat(512)));
  t.equal(await hear(), 'ACK 1');
  server.steer(1);
  say(data(2, 'z'));
  t.equal(await hear(), 'ACK 2');
  t.equal(readFileSync(join(root, 'new'), 'utf8'), `${'y'.repeat(512)}z`);
  t.match(contexts[1]?.items, [{ name: /new$/, size: 513 }]);
});

t.test('only one worker has a transfer with a port of a peer', async (t) => {
  const { say, hear, server, buses } = await startTwo(t, { other: 'other' });
  server.steer(0);
  say(request('read', 'full'));
  t.equal(await hear(), 'DATA 1 (512)');
  server.steer(1);
  say(request('read', 'full'));
  t.equal(await hear(25), 'nothing', 'the same request again is that transfer’s');
  t.same(
    buses.map((bus) => bus.claims().length),
    [1, 0],
  );
  say(request('read', 'other'));
  t.equal(await hear(), 'DATA 1 (5)', 'another one takes its place, where it was');
  t.same(
    buses.map((bus) => bus.claims().length),
    [1, 0],
  );
  say(ack(1));
  await server.contexts[0]?.logged(/^file sent$/);
  await server.services[0]?.drain?.();
  t.same(
    buses.map((bus) => bus.claims().length),
    [0, 0],
  );
});

t.test('a worker that drains goes on with its transfers, and hands requests to those who stay', async (t) => {
  const { say, hear, server, contexts } = await startTwo(t);
  server.steer(0);
  say(request('read', 'full'));
  await hear();
  contexts[0]?.drain();
  server.steer(1);
  say(ack(1));
  t.equal(await hear(), 'DATA 2 (512)', 'read by the next worker, sent by the old one');
  const other = await openPeer(t);
  server.steer(0);
  other.send(request('read', 'full'), server.port);
  t.equal(describePacket((await other.receive())?.packet), 'DATA 1 (512)');
  other.send(ack(1), server.port);
  t.equal(describePacket((await other.receive())?.packet), 'DATA 2 (512)');
  for (const block of [2, 3]) {
    say(ack(block));
    other.send(ack(block), server.port);
  }
  await Promise.all(contexts.map((context) => context.logged(/^file sent$/)));
  await server.services[0]?.drain?.();
});

t.test(
  'a request that several workers are handed begins one transfer, and does not begin it anew when it comes late',
  async (t) => {
    const root = t.testdir({});
    const contexts = createFakeBuses(3).map((bus) => createFakeContext({ bus }));
    const server = await startTftp(t, {
      options: { root, single_port: true, write: true },
      contexts,
      patience: patient,
    });
    const peer = await openPeer(t);
    const say = (packet: Buffer): void => peer.send(packet, server.port);
    const hear = async (ms?: number): Promise<string> => describePacket((await peer.receive(ms))?.packet);
    contexts[0]?.drain();
    server.steer(0);
    say(request('write', 'new'));
    t.equal(await hear(), 'ACK 0');
    server.steer(1);
    say(data(1, 'y'.repeat(512)));
    t.equal(await hear(), 'ACK 1');
    server.steer(0);
    say(request('write', 'new'));
    t.equal(await hear(25), 'nothing');
    server.steer(2);
    say(data(2, 'z'));
    t.equal(await hear(), 'ACK 2');
    t.equal(readFileSync(join(root, 'new'), 'utf8'), `${'y'.repeat(512)}z`);
  },
);

t.test('a request that comes again', async (t) => {
  t.test('late is that of the transfer', async (t) => {
    const { say, hear, server } = await startTwo(t);
    server.steer(0);
    say(request('read', 'full'));
    t.equal(await hear(), 'DATA 1 (512)');
    say(ack(1));
    t.equal(await hear(), 'DATA 2 (512)');
    server.steer(1);
    say(request('read', 'full'));
    t.equal(await hear(25), 'nothing');
    say(ack(2));
    t.equal(await hear(), 'DATA 3 (0)');
  });
  t.test('much later is that of a peer that has started again', async (t) => {
    const { say, hear } = await startTwo(t, {}, { lateMs: 0 });
    say(request('read', 'full'));
    t.equal(await hear(), 'DATA 1 (512)');
    say(ack(1));
    t.equal(await hear(), 'DATA 2 (512)');
    say(request('read', 'full'));
    t.equal(await hear(), 'DATA 1 (512)');
  });
});

t.test('a stranger is told so after all have been asked', async (t) => {
  const { server, hear } = await startTwo(t);
  const stranger = await openPeer(t);
  stranger.send(ack(1), server.port);
  t.equal(describePacket((await stranger.receive())?.packet), 'ERROR 5 Unknown transfer');
  t.equal(await hear(25), 'nothing');
});

// Under load a worker that has the transfer may answer the others too late, and while the program is upgraded nobody is asked.
t.test('whose transfer belongs to a worker that does not answer is told nothing', async (t) => {
  const { say, hear, server, buses, peer } = await startTwo(t);
  server.steer(0);
  say(request('read', 'full'));
  t.equal(await hear(), 'DATA 1 (512)');
  const [claim = ''] = buses[0]?.claims() ?? [];
  const other = await openPeer(t);
  const busy = buses[0]?.join();
  t.ok(claim.includes(String(peer.port)));
  t.equal(await busy?.claim(claim.replace(String(peer.port), String(other.port))), true);
  other.send(ack(1), server.port);
  t.equal(await other.receive(50), null);
  busy?.end();
  other.send(ack(1), server.port);
  t.equal(describePacket((await other.receive())?.packet), 'ERROR 5 Unknown transfer', 'once that worker has ended');
  t.same(
    buses.flatMap((bus) => bus.claims()),
    [claim],
  );
});
