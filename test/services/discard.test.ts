import t from 'tap';

import discard from '../../src/services/discard.ts';
import { describeService } from '../support/describe-service.ts';
import { createFakeContext } from '../support/fake-context.ts';
import { sendPacket } from '../support/fake-packet.ts';
import { createFakeSession } from '../support/fake-session.ts';

describeService(discard, { send: 'hello\r\nworld' });

const service = await discard.create({}, createFakeContext());

t.test('takes all and says nothing', async (t) => {
  const { peer, ...fake } = createFakeSession();
  const served = fake.serve(service);
  peer.write('x'.repeat(1 << 20));
  peer.end();
  t.equal(await peer.rest(), '');
  await served;
});

t.test('does not answer datagrams', async (t) => {
  t.same(await sendPacket(service, 'hello'), []);
});
