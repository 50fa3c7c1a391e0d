import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import type { Chaos, Fault } from '../fault.ts';
import { restart } from './restart.ts';

/** Enough for what the daemon has open while peers come as usual. */
const limit = 256;
const workers = 2;
/** More than both workers can take, fewer than the queues of the system. */
const crowd = limit * workers + 100;
const patienceMs = 60_000;

/** More peers than there are descriptors for: they wait, and are served when others have left. */
export const descriptors: Fault = {
  name: 'out of descriptors',
  isOnce: true,
  mayPutOff: true,
  async inject(chaos) {
    await restart(chaos, { descriptors: limit });
    const { subject, injected, broken } = chaos;
    const pids = subject.workers('main');
    const paused = subject.next('listener.paused');
    paused.catch(() => {});
    injected();
    const peers = await Promise.all(Array.from({ length: crowd }, () => arrive(chaos)));
    await paused.catch((error: Error) => broken(error.message));
    const answers = await Promise.allSettled(peers.map(leave));
    const unserved = answers.filter(({ status }) => status === 'rejected').length;
    if (unserved > 0) broken(`${unserved} of ${crowd} peers that had waited were not served`);
    if (pids.some((pid) => !subject.workers('main').includes(pid))) broken('a worker without descriptors has ended');
    await restart(chaos);
  },
};

async function arrive({ ports, ledger, broken }: Chaos): Promise<Socket> {
  const socket = connect({ port: ports.echo, host: '127.0.0.1' });
  // Who waits for it hears of it as well.
  socket.on('error', () => {});
  try {
    await once(socket, 'connect');
    ledger.now.sessions += 1;
  } catch (error) {
    ledger.now.refused += 1;
    broken(`a connection was refused: ${(error as Error).message}`);
  }
  return socket.setTimeout(patienceMs, () => void socket.destroy(new Error('no answer')));
}

/** Asks, and makes room for one that waits. */
async function leave(peer: Socket): Promise<void> {
  const closed = Promise.withResolvers<never>();
  const fail = (): void => closed.reject(new Error('closed without an answer'));
  if (peer.closed) fail();
  else peer.once('close', fail);
  peer.write('?');
  await Promise.race([once(peer, 'data'), closed.promise]);
  peer.resetAndDestroy();
}
