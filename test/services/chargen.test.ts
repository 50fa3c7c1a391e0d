import t from 'tap';

import chargen from '../../src/services/chargen.ts';
import { describeService } from '../support/describe-service.ts';
import { createFakeContext } from '../support/fake-context.ts';
import { peerAt, sendPacket } from '../support/fake-packet.ts';
import { createFakeSession } from '../support/fake-session.ts';

describeService(chargen, { send: 'ignored', comparable: (answer) => answer.slice(0, 95 * 74) });

const service = await chargen.create({}, createFakeContext());

t.test('sends 72 characters a line, each line one character further on', async (t) => {
  const { peer, ...fake } = createFakeSession();
  const served = fake.serve(service);
  const lines = await peer.lines(97);
  t.equal(lines[0], ` !"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_\`abcdefg`);
  t.equal(lines[1], `!"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_\`abcdefgh`);
  t.equal(lines[24], `89:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_\`abcdefghijklmnopqrstuvwxyz{|}~ `.slice(0, 72));
  t.equal(lines[94], `~ !"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_\`abcdef`);
  t.equal(lines[95], lines[0], 'the pattern begins again after 95 lines');
  peer.end();
  await Promise.all([served, peer.rest()]);
});

t.test('goes on without a seam for as long as the peer reads', async (t) => {
  const { peer, ...fake } = createFakeSession();
  const served = fake.serve(service);
  const round = (await peer.bytes(95 * 74)).toString();
  for (let rounds = 1; rounds < 40; rounds += 1) {
    if ((await peer.bytes(95 * 74)).toString() !== round) t.fail(`round ${rounds}`);
  }
  peer.end();
  await Promise.all([served, peer.rest()]);
});

t.test('keeps little for a peer that does not read', async (t) => {
  const { session, peer } = createFakeSession();
  const served = service.connection?.(session);
  peer.end();
  await served;
  t.ok(session.stream.writableLength <= 2 * 65_536);
});

t.test('answers a datagram with as many bytes as came, up to 512', async (t) => {
  const table = [
    [0, 0],
    [1, 1],
    [100, 100],
    [512, 512],
    [513, 512],
    [1400, 512],
  ] as const;
  for (const [sent, received] of table) {
    const replies = await sendPacket(service, 'x'.repeat(sent));
    t.same(
      replies.map((reply) => reply.length),
      [received],
      `${sent}`,
    );
  }
  t.same(await sendPacket(service, 'hello'), [' !"#$']);
});

t.test('never answers a port that would answer again', async (t) => {
  for (const port of [0, 7, 13, 17, 19, 37])
    t.same(await sendPacket(service, 'x', { peer: peerAt(port) }), [], `${port}`);
});
