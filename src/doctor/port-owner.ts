import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

export interface PortOwner {
  readonly pid: number;
  /** What it was started as, or its name where nobody may see that: "/usr/sbin/vsftpd /etc/vsftpd.conf". */
  readonly name: string;
  readonly isPortico: boolean;
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
      if (inode !== undefined && inodes.has(inode)) return ownerOf(pid);
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

const maxNameLength = 80;

/** By its command line: many a program has the name of its interpreter, or of a thread. */
function ownerOf(pid: string): PortOwner {
  const words = (quietly(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '').split('\0');
  const line = words.join(' ').trim();
  const short = line.length > maxNameLength ? `${line.slice(0, maxNameLength - 1)}…` : line;
  const name = short === '' ? (quietly(() => readFileSync(`/proc/${pid}/comm`, 'utf8')) ?? 'a program').trim() : short;
  // The program of this package, with Node.js before it, and perhaps options of that.
  const isPortico = words.slice(0, 6).some((word) => /^portico(?:\.js)?$/.test(basename(word)));
  return { pid: Number(pid), name, isPortico };
}

/** Processes end while they are looked at, and those of others are theirs. */
function quietly<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
