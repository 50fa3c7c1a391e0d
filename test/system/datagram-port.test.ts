import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import t from 'tap';

import { findDatagramPort } from '../../src/system/datagram-port.ts';

t.test('finds a port that is free then', async (t) => {
  const port = await findDatagramPort({ host: '127.0.0.1', port: 0 });
  t.ok(port > 0);
  t.equal(await findDatagramPort({ host: '127.0.0.1', port }), port);
});

t.test('says that one is taken', async (t) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  const { port } = socket.address();
  await t.rejects(findDatagramPort({ host: '127.0.0.1', port }), { code: 'EADDRINUSE' });
});
