import fs from 'node:fs';

/** A process as proc(5) shows it. */
export interface ProcessFigures {
  readonly pid: number;
  readonly parent: number;
  readonly isZombie: boolean;
  readonly memoryBytes: number;
  readonly descriptors: number;
}

/** The process and all below it. */
export function familyOf(root: number): ProcessFigures[] {
  const all = fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)));
  const family = all.filter(({ pid }) => pid === root);
  for (const member of family) family.push(...all.filter(({ parent }) => parent === member.pid));
  return family;
}

/** Whether a process has this among its words. */
export function runs(word: string): boolean {
  return fs.readdirSync('/proc').some((name) => /^\d+$/.test(name) && wordsOf(name).includes(word));
}

function wordsOf(pid: string): readonly string[] {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it has ended
  }
}

export function descriptorsOf(pid: number): number {
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0; // a zombie, or gone
  }
}

export function memoryBytesOf(pid: number): number {
  try {
    const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function readProcess(pid: number): ProcessFigures[] {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return [
      {
        pid,
        parent: Number(parent),
        isZombie: state === 'Z',
        get memoryBytes() {
          return memoryBytesOf(pid);
        },
        get descriptors() {
          return descriptorsOf(pid);
        },
      },
    ];
  } catch {
    return [];
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
