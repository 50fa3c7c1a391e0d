import fs from 'node:fs';

/** A process as proc(5) shows it. */
export interface ProcessState {
  readonly pid: number;
  /** "R", "S", … and "Z" for a zombie. */
  readonly state: string;
}

export const hasProc = fs.existsSync('/proc/self/stat');

export function childrenOf(parent: number): ProcessState[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const fields = readStat(name);
      return fields?.[1] === String(parent) ? [{ pid: Number(name), state: fields[0] ?? '' }] : [];
    });
}

/** What the descriptors of a process stand for, sorted: "socket:", "pipe:", or a path. */
export function descriptorsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return fs
    .readdirSync(folder)
    .flatMap((fd) => {
      try {
        return [fs.readlinkSync(`${folder}/${fd}`).replace(/\[?\d*\]?$/, '')];
      } catch {
        return []; // closed meanwhile
      }
    })
    .sort();
}

/** A line of /proc/PID/status, such as "Uid". */
export function statusOf(pid: number, name: string): string[] {
  const line = fs
    .readFileSync(`/proc/${pid}/status`, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`));
  return (line ?? '')
    .slice(name.length + 1)
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** State, parent and so on: the fields behind the name; null when the process is gone. */
function readStat(pid: string): string[] | null {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
