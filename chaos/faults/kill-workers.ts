import { setTimeout as delay } from 'node:timers/promises';

import type { Chaos, Fault } from '../fault.ts';

const kills = 2;
const pauseMs = 400;

/** kill -9 of one worker after the other, each when the one before has been replaced. */
export const killWorkers: Fault = {
  name: 'kill -9, workers of services',
  isOnce: true,
  mayCost: (service) => !service.startsWith('@'),
  mayPutOff: true,
  async inject(chaos) {
    for (let time = 0; time < kills; time += 1) {
      for (const pool of chaos.subject.pools().filter((name) => !name.startsWith('@'))) {
        await killOne(chaos, pool);
        await delay(pauseMs);
      }
    }
  },
};

/** All workers of a pool at the same moment: nobody is left to accept. */
export const killPools: Fault = {
  name: 'kill -9, whole pools at once',
  isOnce: true,
  mayCost: (service) => !service.startsWith('@'),
  mayPutOff: true,
  async inject(chaos) {
    const pools = chaos.subject.pools().filter((name) => !name.startsWith('@'));
    const pids = pools.flatMap((pool) => chaos.subject.workers(pool));
    await Promise.all(pids.map((pid) => kill(chaos, pid)));
    while (pools.some((pool) => chaos.subject.workers(pool).length < 2)) await chaos.subject.next('worker.start');
  },
};

/** The processes behind the services: no session is in them. */
export const killOwn: Fault = {
  name: 'kill -9, registry and courier',
  isOnce: true,
  mayPutOff: true,
  async inject(chaos) {
    for (let time = 0; time < kills; time += 1) {
      for (const pool of ['@registry', '@courier']) {
        await killOne(chaos, pool);
        await delay(pauseMs);
      }
    }
  },
};

export const killAdmin: Fault = {
  name: 'kill -9, admin',
  isOnce: true,
  mayCost: (service) => service === '@admin',
  async inject(chaos) {
    for (let time = 0; time < kills; time += 1) {
      await killOne(chaos, '@admin');
      await delay(pauseMs);
    }
  },
};

async function killOne(chaos: Chaos, pool: string): Promise<void> {
  const pid = chaos.subject.workers(pool)[0];
  if (pid === undefined) throw new Error(`pool ${pool} has no worker`);
  const replaced = chaos.subject.next('worker.start', (line) => line['pool'] === pool);
  await Promise.all([kill(chaos, pid), replaced]);
}

async function kill(chaos: Chaos, pid: number): Promise<void> {
  const exited = chaos.subject.next('worker.exit', (line) => line['worker'] === pid);
  process.kill(pid, 'SIGKILL');
  chaos.injected();
  await exited;
}
