import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import type { Chaos, Fault } from '../fault.ts';
import { descriptorsOf } from '../processes.ts';
import { findProgram } from '../programs.ts';

const spare = 12;
const crowd = 80;

/** A worker may open a few descriptors more, and many peers come. They wait, and are served when others have left. */
export const descriptors: Fault = {
  name: 'out of descriptors',
  mayPutOff: true,
  missing: () => (findProgram('prlimit') === null ? 'there is no prlimit' : null),
  async inject(chaos) {
    const pids = chaos.subject.workers('main').filter((pid) => descriptorsOf(pid) > 0);
    const before = pids.map(limitOf);
    const paused = chaos.subject.next('listener.paused');
    paused.catch(() => {});
    for (const pid of pids) setLimit(pid, String(descriptorsOf(pid) + spare));
    chaos.injected();
    const peers: Socket[] = [];
    try {
      for (let number = 0; number < crowd; number += 1) peers.push(await arrive(chaos));
      await paused.catch((error: Error) => chaos.broken(error.message));
    } finally {
      for (const [at, pid] of pids.entries()) {
        if (descriptorsOf(pid) > 0) setLimit(pid, before[at] ?? '');
        else chaos.broken('a worker that was out of descriptors has ended');
      }
      const answers = peers.map(async (peer) => {
        peer.write('?');
        const closed = once(peer, 'close').then(() => Promise.reject(new Error('closed without an answer')));
        await Promise.race([once(peer, 'data'), closed]);
        peer.resetAndDestroy();
      });
      const results = await Promise.allSettled(answers);
      const unserved = results.filter(({ status }) => status === 'rejected').length;
      if (unserved > 0) chaos.broken(`${unserved} of ${crowd} peers that had waited were not served`);
    }
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
  return socket.setTimeout(60_000, () => void socket.destroy(new Error('no answer')));
}

function limitOf(pid: number): string {
  return prlimit(pid, ['--nofile', '--noheadings', '--raw', '--output', 'SOFT']).trim();
}

function setLimit(pid: number, soft: string): void {
  prlimit(pid, [`--nofile=${soft}:`]);
}

/** As the worker's own user: a root without CAP_SYS_RESOURCE may not touch the limits of others. */
function prlimit(pid: number, args: readonly string[]): string {
  const { uid, gid } = fs.statSync(`/proc/${pid}`);
  const identity = process.getuid?.() === 0 ? { uid, gid } : {};
  return execFileSync('prlimit', ['--pid', String(pid), ...args], { ...identity, stdio: 'pipe' }).toString();
}
