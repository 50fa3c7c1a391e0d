import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { reasonOf } from '../contract/errors.ts';
import type { Plan } from '../contract/plan.ts';
import type { Finding, Patient } from './finding.ts';
import { folderOf } from './deliveries.ts';
import { firstThatExists, isReadOnly } from './identity.ts';

const check = 'disk';

const minFree = 1024 ** 3;
const minShare = 0.05;
// With less, hardly anything fits.
const minDelivered = 1024 ** 2;
// A disk that really writes needs this for each; one that only says so needs a few microseconds.
const honestMs = 0.02;
const rounds = 20;
// statfs(2)
const memoryTypes = new Set([0x01021994, 0x858458f6]);

/** Whether there is room where things are kept, and whether what is synced is on the disk. */
export function checkDisk({ plan }: Patient): readonly Finding[] {
  const { state, spoolFree } = plan.daemon;
  const place = firstThatExists(state);
  if (isReadOnly(place)) return [readOnly(state, place), ...judgeDeliveries(plan)];
  return [...judgeRoom(state, place, spoolFree), ...judgeDeliveries(plan), ...judgeSync(state, place)];
}

function readOnly(state: string, place: string): Finding {
  const message = `the file system of ${place} is mounted read-only: the daemon cannot keep its state in ${state}`;
  const fix = `mount -o remount,rw "$(findmnt -no TARGET -T ${place})", or daemon.state elsewhere`;
  return { severity: 'error', check, message, fix };
}

/** That they can be written to otherwise is told with the deliveries. */
function judgeDeliveries({ deliveries }: Plan): readonly Finding[] {
  return Object.entries(deliveries).flatMap(([name, delivery]) => {
    const path = folderOf(delivery);
    if (path === null) return [];
    const place = firstThatExists(path);
    const { bavail, bsize, blocks } = statfsSync(place);
    // Those of the kernel's own have no blocks at all.
    if (blocks === 0 || bavail * bsize >= minDelivered) return [];
    const message = `the disk is full: the delivery ${name} can put nothing into ${path}`;
    return [{ severity: 'error', check, message, fix: `du -xh --max-depth=2 ${place} tells what takes it` } as const];
  });
}

function judgeRoom(state: string, place: string, floor: number): readonly Finding[] {
  const { bavail, bsize, blocks, ffree, files, type } = statfsSync(place);
  const free = bavail * bsize;
  const findings: Finding[] = [];
  if (memoryTypes.has(type)) {
    findings.push({
      severity: 'warning',
      check,
      message: `${state} is in memory: what was acknowledged, and the authority that certificates are issued by, are gone when the machine starts anew`,
      fix: 'daemon.state on a disk; in a container, a volume',
    });
  }
  const room = `there are ${megabytes(free)} free for ${state} (${Math.round((bavail / blocks) * 100)} %)`;
  // Where most is free, nothing takes it: the disk is small, or the floor is high.
  const isTaken = bavail < blocks / 2;
  const makeRoom = isTaken ? `du -xh --max-depth=2 ${place} tells what takes them` : 'a larger disk for daemon.state';
  if (free < floor) {
    const message = `${room}, less than daemon.spool_free (${megabytes(floor)}): nothing is taken in any more`;
    findings.push({ severity: 'error', check, message, fix: `${makeRoom}, or a lower daemon.spool_free` });
  } else if (free < Math.max(minFree, 2 * floor) || bavail < blocks * minShare) {
    const message = `${room}; with less than daemon.spool_free (${megabytes(floor)}) nothing is taken in any more`;
    findings.push({ severity: 'warning', check, message, fix: makeRoom });
  }
  if (files > 0 && ffree < files * minShare) {
    findings.push({
      severity: 'warning',
      check,
      message: `there are only ${ffree} inodes free for ${state}: each thing that waits is a file`,
      fix: `du -x --inodes --max-depth=2 ${place} tells what takes them`,
    });
  }
  return findings;
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 ** 2)} MB`;
}

function judgeSync(state: string, place: string): readonly Finding[] {
  if (memoryTypes.has(statfsSync(place).type)) return [];
  let tookMs: number;
  try {
    tookMs = measureSync(place);
  } catch (error) {
    return [
      {
        severity: 'note',
        check,
        message: `whether ${state} is synced was not tried: ${reasonOf(error)}`,
        fix: 'try it as root, or as who runs the daemon',
      },
    ];
  }
  if (tookMs >= honestMs) return [];
  return [
    {
      severity: 'warning',
      check,
      message: `a sync of ${state} takes ${(tookMs * 1000).toFixed(0)} µs, which no disk can: a power cut may take what was acknowledged`,
      fix: 'look for libeatmydata in LD_PRELOAD, for cache=unsafe in the virtual machine, for nobarrier among the options of the mount',
    },
  ];
}

/** The median of some, in milliseconds. */
function measureSync(place: string): number {
  const folder = mkdtempSync(join(place, '.portico-doctor-'));
  try {
    const fd = openSync(join(folder, 'probe'), 'w');
    const block = Buffer.alloc(4096, 1);
    const times = Array.from({ length: rounds }, () => {
      writeSync(fd, block);
      const startedTick = performance.now();
      fsyncSync(fd);
      return performance.now() - startedTick;
    });
    closeSync(fd);
    return times.sort((a, b) => a - b)[rounds / 2] as number;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
