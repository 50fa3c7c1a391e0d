import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { porticoHead, porticoSubject } from '../portico-subject.ts';
import { createRoster } from '../roster.ts';
import { runProgram } from '../generator.ts';
import type { Bench, Case, OpenPart } from '../part.ts';
import type { RunningSubject } from '../running-subject.ts';
import type { Subject } from '../subject.ts';
import type { Round } from '../table.ts';
import { makeTree } from './tree.ts';

export const openSftp: OpenPart = (bench) => {
  const tree = makeTree(join(bench.memoryFolder, 'sftp'), bench);
  const key = join(bench.memoryFolder, 'login-key');
  const { present, absent, add } = createRoster();
  const noKey = makeKey(key) ? null : 'no ssh-keygen';
  const user = userInfo().username;
  add(() => portico(1, user, key, tree.root), 'sftp', noKey);
  add(() => portico(2, user, key, tree.root), 'sftp', noKey);
  add((program) => openSsh(program, key), 'sshd', noKey);
  return { present, absent, cases: sftpCases(bench, tree.root, key, user, tree.clean) };
};

function sftpCases({ settings, memoryFolder }: Bench, root: string, key: string, user: string, clean: () => void) {
  const large = `large file of ${settings.mebibytes} MiB`;
  const ciphers: readonly (readonly [name: string, title: string, ...options: string[]])[] = [
    ['aes128-gcm', 'aes128-gcm', '-c', 'aes128-gcm@openssh.com'],
    ['default', "the client's own choice of a cipher"],
  ];
  return ciphers.flatMap(([name, title, ...options]) => [
    one(
      `sftp-get-${name}`,
      `SFTP: get of a ${large}, ${title}`,
      options,
      (pub) => `get ${pub}/large ${memoryFolder}/got`,
    ),
    one(`sftp-put-${name}`, `SFTP: put of a ${large}, ${title}`, options, (pub) => `put ${root}/pub/large ${pub}/sent`),
  ]);

  function one(name: string, title: string, options: string[], batch: (pub: string) => string): Case {
    return {
      name,
      title,
      unit: 'MB/s',
      cpuUnit: 'per MiB',
      service: 'sftp',
      measure: (running) => run(running, options, batch),
    };
  }

  /** The start of the program and its login are in it. */
  async function run(
    running: RunningSubject,
    options: readonly string[],
    batch: (pub: string) => string,
  ): Promise<Round> {
    // OpenSSH shows the machine's folders, Portico those of the account.
    const pub = running.subject.name.startsWith('portico') ? '/pub' : `${root}/pub`;
    const before = running.cpuSeconds();
    const begun = performance.now();
    const asked = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
    const login = ['-q', '-b', '-', '-P', running.port('sftp'), '-i', key, ...asked.map((word) => `-o${word}`)];
    await runProgram(['sftp', '-F', '/dev/null', ...login, ...options, `${user}@127.0.0.1`], `${batch(pub)}\n`);
    const seconds = (performance.now() - begun) / 1000;
    await delay(50);
    const cpuMicroseconds = ((running.cpuSeconds() - before) / settings.mebibytes) * 1e6;
    const moved = [join(memoryFolder, 'got'), join(root, 'pub/sent')].filter((path) => fs.existsSync(path));
    const isWhole = moved.some((path) => fs.statSync(path).size === settings.mebibytes * 2 ** 20);
    fs.rmSync(join(memoryFolder, 'got'), { force: true });
    clean();
    if (!isWhole) throw new Error('not all of the file came');
    return { value: (settings.mebibytes * 1.048576) / seconds, cpuMicroseconds, note: '' };
  }
}

function makeKey(path: string): boolean {
  return spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]).status === 0;
}

function portico(workers: number, user: string, key: string, root: string): Subject {
  return porticoSubject(
    workers === 1 ? 'portico' : `portico, ${workers} workers`,
    ['sftp'],
    (port) => `
${porticoHead(workers)}
accounts: ./accounts.yaml
services:
  sftp: { listen: "tcp://127.0.0.1:${port('sftp')}", root: "${root}" }
`,
    { files: () => ({ 'accounts.yaml': `${user}: { keys: ["${fs.readFileSync(`${key}.pub`, 'utf8').trim()}"] }\n` }) },
  );
}

/** sshd wants to be started by its whole path. */
function openSsh(program: string, key: string): Subject {
  return {
    name: 'openssh internal-sftp',
    services: ['sftp'],
    sources: 1,
    command: (_port, folder) => [program, '-D', '-e', '-f', join(folder, 'sshd_config')],
    files: (port, folder) => ({
      sshd_config: `Port ${port('sftp')}
ListenAddress 127.0.0.1
HostKey ${folder}/host_key
AuthorizedKeysFile ${folder}/authorized_keys
StrictModes no
UsePAM no
PidFile none
PermitRootLogin yes
LogLevel ERROR
MaxStartups 1000
Subsystem sftp internal-sftp
`,
    }),
    prepare(folder) {
      if (process.getuid?.() === 0) fs.mkdirSync('/run/sshd', { recursive: true });
      if (!fs.existsSync(join(folder, 'host_key'))) makeKey(join(folder, 'host_key'));
      fs.copyFileSync(`${key}.pub`, join(folder, 'authorized_keys'));
    },
  };
}
