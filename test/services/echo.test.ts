import t from 'tap';

import echo from '../../src/services/echo.ts';
import { describeService } from '../support/describe-service.ts';
import { createFakeContext } from '../support/fake-context.ts';
import { peerAt, sendPacket } from '../support/fake-packet.ts';
import { createFakeSession } from '../support/fake-session.ts';

describeService(echo, { send: 'hello\r\nworld' });

const service = await echo.create({}, createFakeContext());

t.test('sends back what comes, before the peer ends', async (t) => {
  const { session, peer } = createFakeSession();
  const served = service.connection?.(session);
  peer.write('ping');
  t.equal((await peer.bytes(4)).toString(), 'ping');
  peer.end('pong');
  t.equal((await peer.bytes(4)).toString(), 'pong');
  await served;
});

t.test('stops reading while the peer does not read', async (t) => {
  const { session, peer, ...fake } = createFakeSession();
  const served = fake.serve(service);
  const million = Buffer.alloc(1 << 20, 'x');
  for (let offset = 0; offset < million.length; offset += 65_536) peer.write(million.subarray(offset, offset + 65_536));
  await new Promise((resolve) => {
    session.stream.once('pause', resolve);
  });
  t.ok(session.stream.writableLength <= 4 * 65_536, 'a bounded part of it is kept');
  peer.end();
  t.equal((await peer.rest()).length, 1 << 20, 'and it all comes back once the peer reads');
  await served;
});

t.test('sends a datagram back', async (t) => {
  t.same(await sendPacket(service, 'hello'), ['hello']);
  t.same(await sendPacket(service, ''), ['']);
});

t.test('never answers a port that would answer again', async (t) => {
  for (const port of [0, 7, 13, 17, 19, 37])
    t.same(await sendPacket(service, 'x', { peer: peerAt(port) }), [], `${port}`);
});
