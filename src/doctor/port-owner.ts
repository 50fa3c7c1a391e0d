import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface PortOwner {
  readonly pid: number;
  readonly name: string;
}

/** Who has a port; null: nobody, or somebody whose descriptors we may not look at (proc(5)). */
export function whoHolds(protocol: 'tcp' | 'udp', port: number): PortOwner | null {
  const inodes = new Set([...inodesOf(`/proc/net/${protocol}`, port), ...inodesOf(`/proc/net/${protocol}6`, port)]);
  if (inodes.size === 0) return null;
  for (const pid of quietly(() => readdirSync('/proc').filter((name) => /^\d+$/.test(name))) ?? []) {
    const folder = `/proc/${pid}/fd`;
    for (const fd of quietly(() => readdirSync(folder)) ?? []) {
      const target = quietly(() => readlinkSync(`${folder}/${fd}`)) ?? '';
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && inodes.has(inode)) return { pid: Number(pid), name: nameOf(pid) };
    }
  }
  return null;
}

/** Of the sockets that are bound to the port, and connected to nobody. */
function inodesOf(file: string, port: number): readonly string[] {
  const lines = (quietly(() => readFileSync(file, 'latin1')) ?? '').split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, local = '', remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/);
    return Number.parseInt(local.split(':')[1] ?? '', 16) === port && remote.endsWith(':0000') ? [inode] : [];
  });
}

function nameOf(pid: string): string {
  return (quietly(() => readFileSync(`/proc/${pid}/comm`, 'utf8')) ?? 'a program').trim();
}

/** Processes end while they are looked at, and those of others are theirs. */
function quietly<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
