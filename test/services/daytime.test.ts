import t from 'tap';

import daytime, { formatDaytime } from '../../src/services/daytime.ts';
import { describeService } from '../support/describe-service.ts';
import { createFakeContext } from '../support/fake-context.ts';
import { peerAt, sendPacket } from '../support/fake-packet.ts';
import { createFakeSession } from '../support/fake-session.ts';

describeService(daytime, { send: 'ignored\r\n', comparable: (answer) => answer.replaceAll(/\w/g, 'x') });

const service = await daytime.create({}, createFakeContext());

t.test('writes local time as ctime() does', async (t) => {
  const table = [
    [new Date(2026, 10, 24, 9, 5, 7), 'Tue Nov 24 09:05:07 2026\r\n'],
    [new Date(2026, 0, 1, 0, 0, 0), 'Thu Jan  1 00:00:00 2026\r\n'],
    [new Date(2024, 1, 29, 23, 59, 59), 'Thu Feb 29 23:59:59 2024\r\n'],
  ] as const;
  for (const [date, expected] of table) t.equal(formatDaytime(date), expected);
});

t.test('says it and hangs up', async (t) => {
  const { peer, ...fake } = createFakeSession();
  await fake.serve(service);
  t.match(await peer.rest(), /^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\r\n$/);
});

t.test('answers any datagram, also an empty one', async (t) => {
  t.match(await sendPacket(service, ''), [/^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\r\n$/]);
});

t.test('never answers a port that would answer again', async (t) => {
  for (const port of [0, 7, 13, 17, 19, 37])
    t.same(await sendPacket(service, 'x', { peer: peerAt(port) }), [], `${port}`);
});
