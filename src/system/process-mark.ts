import fs from 'node:fs';

/**
 * Tells one process from all others that this machine has had since it was started: "PID-START". It stands in names of drafts
 * and in leases, so that those of a process that is gone can be given up at once. Without /proc only the number is compared, and
 * one that was given again looks alive.
 */
export const ownMark: string = markOf(process.pid);

/** For what the process of that mark has left behind, nobody will come any more. */
export function isGone(mark: string): boolean {
  const [pid, start] = mark.split('-');
  const number = Number(pid);
  if (!Number.isSafeInteger(number) || number < 1) return false;
  const now = markOf(number);
  return now === '' ? true : start !== '' && now.split('-')[1] !== '' && now !== mark;
}

/** "" where there is no such process. */
function markOf(pid: number): string {
  const stat = readStat(pid);
  // The name of the program, in brackets, may have anything in it; the start is the 20th word after it (proc(5)).
  if (stat !== null) return `${pid}-${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`;
  return isRunning(pid) ? `${pid}-` : '';
}

function readStat(pid: number): string | null {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
