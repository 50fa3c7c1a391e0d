import { once } from 'node:events';
import { constants } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import tls from 'node:tls';

import t, { type Test } from 'tap';

import { createTlsSessionCache } from '../../src/listeners/tls-session-cache.ts';
import { pem } from '../config/pem.ts';

/** A server of TLS 1.2 that gives no tickets a chance; gives what connects to it, with a session or without. */
async function stage(t: Test, limit: number) {
  const cache = createTlsSessionCache(limit);
  const secureContext = tls.createSecureContext({
    cert: pem.goodCert,
    key: pem.goodKey,
    maxVersion: 'TLSv1.2',
    sessionIdContext: 'test',
  });
  const listening = createServer((socket) => {
    new tls.TLSSocket(socket, { isServer: true, secureContext, server: cache.server as never }).resume();
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  t.teardown(() => void listening.close());
  const { port } = listening.address() as AddressInfo;
  return async (session?: Buffer): Promise<{ isReused: boolean; session: Buffer }> => {
    const socket = tls.connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      secureOptions: constants.SSL_OP_NO_TICKET,
      ...(session && { session }),
    });
    await once(socket, 'secureConnect');
    const result = { isReused: socket.isSessionReused(), session: socket.getSession() as Buffer };
    socket.destroy();
    return result;
  };
}

t.test('a peer without tickets goes on with its session', async (t) => {
  const connect = await stage(t, 10);
  const { isReused, session } = await connect();
  t.equal(isReused, false);
  for (let count = 0; count < 3; count++) t.equal((await connect(session)).isReused, true);
});

t.test('as many sessions are kept as is said, the newest', async (t) => {
  const connect = await stage(t, 2);
  const [one, two] = [await connect(), await connect()];
  t.equal((await connect(one.session)).isReused, true);
  t.equal((await connect(two.session)).isReused, true);
  const three = await connect();
  t.equal((await connect(three.session)).isReused, true);
  t.equal((await connect(two.session)).isReused, true);
  t.equal((await connect(one.session)).isReused, false);
});
