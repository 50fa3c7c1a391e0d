import t from 'tap';

import time, { encodeTime } from '../../src/services/time.ts';
import { describeService } from '../support/describe-service.ts';
import { createFakeContext } from '../support/fake-context.ts';
import { peerAt, sendPacket } from '../support/fake-packet.ts';
import { createFakeSession } from '../support/fake-session.ts';

describeService(time, { send: 'ignored', comparable: (answer) => String(answer.length) });

const service = await time.create({}, createFakeContext());

t.test('counts seconds since 1900', async (t) => {
  const table = [
    // The examples of RFC 868.
    ['1970-01-01T00:00:00Z', 2_208_988_800],
    ['1976-01-01T00:00:00Z', 2_398_291_200],
    ['1980-01-01T00:00:00Z', 2_524_521_600],
    ['1983-05-01T00:00:00Z', 2_629_584_000],
    // The last second of the 32 bits, and the first after it.
    ['2036-02-07T06:28:15.999Z', 4_294_967_295],
    ['2036-02-07T06:28:16Z', 0],
  ] as const;
  for (const [date, seconds] of table) t.equal(encodeTime(Date.parse(date)).readUInt32BE(), seconds, date);
});

t.test('says it in four bytes and hangs up', async (t) => {
  const { peer, ...fake } = createFakeSession();
  await fake.serve(service);
  const seconds = (await peer.bytes(4)).readUInt32BE();
  t.ok(Math.abs(seconds - 2_208_988_800 - Date.now() / 1000) < 60);
  t.equal(await peer.rest(), '');
});

t.test('answers any datagram, also an empty one', async (t) => {
  const [answer] = await sendPacket(service, '');
  t.equal(answer?.length, 4);
});

t.test('never answers a port that would answer again', async (t) => {
  for (const port of [0, 7, 13, 17, 19, 37])
    t.same(await sendPacket(service, 'x', { peer: peerAt(port) }), [], `${port}`);
});
