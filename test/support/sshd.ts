import { userInfo } from 'node:os';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import type { Test } from 'tap';

import { freePort, makeFolder, needPrograms, runPeer, startPeer, type RunningPeer } from './peers.ts';

/** OpenSSH's server on a loopback port, as the user who runs the tests; it knows one key. */
export interface TestSshd {
  readonly port: number;
  readonly user: string;
  /** File of the private key that it lets in. */
  readonly key: string;
  /** "ssh-ed25519 AAAA…" */
  readonly hostKey: string;
  /** "SHA256:…" */
  readonly fingerprint: string;
  /** Where files may be put. */
  readonly folder: string;
  readonly peer: RunningPeer;
  /** Ends it, with all its connections. */
  stop(): Promise<void>;
}

/** null: it is not installed. */
export async function startSshd(t: Test, extra: readonly string[] = []): Promise<TestSshd | null> {
  const programs = needPrograms(t, 'sshd', 'ssh-keygen');
  if (programs === null) return null;
  const home = makeFolder(t);
  chmodSync(home, 0o700);
  const files = join(home, 'files');
  mkdirSync(files);
  for (const name of ['host', 'user'])
    await runPeer(t, [programs['ssh-keygen'], '-q', '-t', 'ed25519', '-N', '', '-f', join(home, name)]);
  const hostKey = readFileSync(join(home, 'host.pub'), 'utf8').trim().split(' ').slice(0, 2).join(' ');
  writeFileSync(join(home, 'authorized_keys'), readFileSync(join(home, 'user.pub')));
  // As root it wants a folder that only belongs to its package.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const port = await freePort('tcp');
  const lines = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${join(home, 'host')}`,
    `AuthorizedKeysFile ${join(home, 'authorized_keys')}`,
    'PidFile none',
    'StrictModes no',
    // Without it, an account that has no password (as those of services) cannot log in.
    `UsePAM ${process.getuid?.() === 0 ? 'no' : 'yes'}`,
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    'Subsystem sftp internal-sftp',
    'MaxStartups 100',
    ...extra,
    '',
  ];
  writeFileSync(join(home, 'config'), lines.join('\n'));
  const peer = startPeer(t, [programs.sshd, '-D', '-e', '-f', join(home, 'config')]);
  await peer.says(/listening on/);
  const blob = Buffer.from(hostKey.split(' ')[1] ?? '', 'base64');
  return {
    port,
    user: userInfo().username,
    key: join(home, 'user'),
    hostKey,
    fingerprint: `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`,
    folder: files,
    peer,
    async stop() {
      // Its sessions are processes of their own, and outlive it.
      const sessions = childrenOf(peer.pid);
      peer.signal('SIGTERM');
      for (const pid of sessions) kill(pid);
      await peer.ended;
    },
  };
}

function childrenOf(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  const children = existsSync(path) ? readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
  return [...children, ...children.flatMap(childrenOf)];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
