import { readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { checkDisk } from '../../src/doctor/disk.ts';
import { daemonPlan, deliveryPlan } from '../support/plans.ts';
import { patient, readOnlyPlace, told } from './patient.ts';

const tmpfs = 0x01021994;

t.test('a folder on a disk: looked at, and left as it was', async (t) => {
  const folder = t.testdir({});
  const state = join(folder, 'not/yet/there');
  const found = checkDisk(patient({ daemon: daemonPlan({ state }) }));
  t.notMatch(told(found), [/in memory/]);
  t.same(readdirSync(folder), []);
});

t.test('a folder in memory', async (t) => {
  const isMemory = ((): boolean => {
    try {
      return statfsSync('/dev/shm').type === tmpfs;
    } catch {
      return false;
    }
  })();
  if (!isMemory) return t.plan(0, 'no /dev/shm');
  const found = checkDisk(patient({ daemon: daemonPlan({ state: '/dev/shm/portico-state' }) }));
  t.match(told(found)[0], /^warning: \/dev\/shm\/portico-state is in memory: what was acknowledged.* are gone/);
});

t.test('the floor below which nothing is taken in', async (t) => {
  const state = t.testdir({});
  const look = (spoolFree: number) =>
    checkDisk(patient({ daemon: daemonPlan({ state, spoolFree }) })).filter(({ message }) =>
      message.includes(' free '),
    );
  const { bavail, bsize, blocks } = statfsSync(state);
  const [reached] = look(bavail * bsize * 2);
  t.match(reached, {
    severity: 'error',
    message: /^there are \d+ MB free for .+, less than daemon\.spool_free \(\d+ MB\): nothing is taken in any more$/,
    fix: /, or a lower daemon\.spool_free$/,
  });
  t.equal(reached?.fix?.startsWith('du '), bavail < blocks / 2, 'what takes it is asked where something does');
  const [near] = look(Math.floor(bavail * bsize * 0.7));
  t.match(near, { severity: 'warning', message: /; with less than daemon\.spool_free \(\d+ MB\) nothing is taken in/ });
});

t.test('on a file system that is mounted read-only', async (t) => {
  const state = readOnlyPlace();
  if (state === null) return t.plan(0, 'there is none here');
  t.same(told(checkDisk(patient({ daemon: daemonPlan({ state }) }))), [
    `error: the file system of ${state} is mounted read-only: the daemon cannot keep its state in ${state}`,
  ]);
});

t.test('deliveries into a folder: where nothing is free, nothing can be put', async (t) => {
  const look = (path: string) => {
    const deliveries = { out: deliveryPlan({ type: 'directory', options: { path } }) };
    const found = told(checkDisk(patient({ daemon: daemonPlan({ state: t.testdirName }), deliveries })));
    return found.filter((sentence) => sentence.includes('delivery'));
  };
  t.same(look(t.testdir({})), []);
  t.same(look('/proc/sys/new'), [], 'which has no blocks at all');
  const full = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .find((place) => isFull(place));
  if (full !== undefined)
    t.same(look(full), [`error: the disk is full: the delivery out can put nothing into ${full}`]);
});

function isFull(place: string): boolean {
  try {
    const { blocks, bavail, bsize } = statfsSync(place);
    return statSync(place).isDirectory() && blocks > 0 && bavail * bsize < 1024 ** 2;
  } catch {
    return false;
  }
}
