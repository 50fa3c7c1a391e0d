import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

// Temporary files tell by their names whose they are: a worker that was killed cannot clean up, and others, of an older
// generation perhaps, may be writing theirs at this moment.

// Ids had 16 digits once, in hex.
const temporary = /^(\d{1,10})-(\d{1,20})-(?:[0-9a-f]{16}|[0-9a-hjkmnp-tv-z]{20})\.part$/;

/** The name of a temporary file of this process. */
export function temporaryName(id: string): string {
  return `${process.pid}-${ownStart}-${id}.part`;
}

/** Removes the temporary files of processes that are gone; returns how many they were. */
export async function sweepLeftovers(folder: string): Promise<number> {
  const left = (await readdir(folder)).filter(isLeftover);
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
  return left.length;
}

function isLeftover(name: string): boolean {
  const [, pid, start = ''] = temporary.exec(name) ?? [];
  return pid !== undefined && !isAlive(Number(pid), start);
}

/** A number is given to another process later, after a restart of the machine above all: the start tells them apart. */
function isAlive(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const known = startOfProcess(pid);
  return known === null || known === start;
}

/** When a process began, in the kernel's ticks; null where the system does not tell. */
function startOfProcess(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is a name that may hold spaces and brackets; the start is the 22nd.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

const ownStart = startOfProcess(process.pid) ?? '0';
