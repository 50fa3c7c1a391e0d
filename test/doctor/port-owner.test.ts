import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

import t from 'tap';

import { whoHolds } from '../../src/doctor/port-owner.ts';

t.test('who has a port', async (t) => {
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer((socket) => socket.resume().end());
    server.listen(0, host);
    const failed = once(server, 'error');
    if ((await Promise.race([once(server, 'listening'), failed])).length > 0) continue;
    const { port } = server.address() as AddressInfo;
    t.match(whoHolds('tcp', port), { pid: process.pid, name: /./ }, host);
    t.equal(whoHolds('udp', port), null, 'of the other protocol');
    const socket = connect(port, host);
    await once(socket, 'connect');
    server.close();
    t.equal(whoHolds('tcp', port), null, 'a connection does not hold it');
    socket.destroy();
  }
});
