import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import type { Test } from 'tap';

import forward from '../../../src/services/forward/index.ts';
import { serve, type Served } from '../../support/serve.ts';

/** Something to forward to that does what the test says. */
export async function listen(t: Test, accept: (socket: Socket) => void, path?: string): Promise<string> {
  const server: Server = createServer({ allowHalfOpen: true }, accept);
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  t.teardown(() => server.close());
  return path === undefined ? `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` : `unix:${path}`;
}

export async function serveForward(t: Test, options: object): Promise<Served> {
  const served = await serve(forward, { options });
  t.teardown(() => served.close());
  return served;
}
