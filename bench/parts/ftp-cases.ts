import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { account } from '../account.ts';
import { holdLoad, runLoad, runProgram, type Load } from '../generator.ts';
import type { Bench, Case } from '../part.ts';
import type { RunningSubject } from '../running-subject.ts';
import type { Round } from '../table.ts';
import type { Tree } from './tree.ts';

const idleSessions = 200;
const mebibyte = 1 << 20;

export function ftpCases({ settings }: Bench, load: string, memory: Tree, disk: Tree): readonly Case[] {
  const { mebibytes, seconds } = settings;
  const bytes = mebibytes * mebibyte;
  const perMebibyte = { unit: 'MB/s', cpuUnit: 'per MiB' };
  const anonymous = ['anonymous', 'bench@'];
  const withPassword = [account.name, account.password];

  return [
    {
      name: 'ftp-retr',
      title: `FTP: RETR of ${mebibytes} MiB, from memory`,
      ...perMebibyte,
      service: 'ftp',
      measure: transfer('ftp', memory, (port) => [load, 'retr', port, '/pub/large']),
    },
    {
      name: 'ftp-stor',
      title: `FTP: STOR of ${mebibytes} MiB, into memory`,
      ...perMebibyte,
      service: 'ftp',
      measure: transfer('ftp', memory, (port) => [load, 'stor', port, '/pub/sent', bytes]),
    },
    {
      name: 'ftp-disk-stor',
      title: `FTP: STOR of ${mebibytes} MiB, onto the disk (only Portico syncs, unless it is told not to)`,
      ...perMebibyte,
      service: 'ftp-disk',
      measure: transfer('ftp-disk', disk, (port) => [load, 'stor', port, '/pub/sent', bytes]),
    },
    ...[1, 16].map((count) =>
      sessions(
        `ftp-logins-${count}`,
        'ftp',
        `FTP: anonymous logins (log in, PWD, QUIT), ${count} at once`,
        'login',
        count,
      ),
    ),
    ...[1, 16].map((count) =>
      sessions(
        `ftp-passwords-${count}`,
        'ftp-password',
        `FTP: logins with a password (log in, PWD, QUIT), ${count} at once`,
        'login',
        count,
      ),
    ),
    ...[1, 8].flatMap((count) => [
      sessions(
        `ftp-small-${count}`,
        'ftp',
        `FTP: files of 1 KB, into memory, ${count === 1 ? '1 session' : `${count} sessions`}`,
        'small',
        count,
      ),
      sessions(
        `ftp-disk-small-${count}`,
        'ftp-disk',
        `FTP: files of 1 KB, onto the disk, ${count === 1 ? '1 session' : `${count} sessions`} (only Portico syncs, unless it is told not to)`,
        'small',
        count,
      ),
    ]),
    {
      name: 'ftp-tls-retr',
      title: `FTPS (AUTH TLS, PROT P, TLS 1.3): RETR of ${mebibytes} MiB with curl, from memory`,
      ...perMebibyte,
      service: 'ftps',
      measure: retrieveByTls,
    },
    {
      name: 'ftp-memory',
      title: `FTP: memory of all processes with ${idleSessions} idle sessions (less is better)`,
      unit: 'MB',
      service: 'ftp',
      measureStopped: measureIdle,
    },
  ];

  function transfer(service: string, tree: Tree, words: (port: number) => readonly (string | number)[]) {
    return async ({ port, cpuSeconds }: RunningSubject): Promise<Round> => {
      const before = cpuSeconds();
      const { rate } = await runLoad(words(port(service)));
      await delay(50);
      const cpuMicroseconds = ((cpuSeconds() - before) / mebibytes) * 1e6;
      tree.clean();
      return { value: rate / 1e6, cpuMicroseconds, note: '' };
    };
  }

  function sessions(name: string, service: string, title: string, kind: 'login' | 'small', count: number): Case {
    const who = service === 'ftp-password' ? withPassword : anonymous;
    return {
      name,
      title,
      unit: '/s',
      service,
      async measure({ subject, port, cpuSeconds }) {
        const before = cpuSeconds();
        const own = subject.name === 'vsftpd' && service === 'ftp-password' ? systemAccount() : who;
        const size = kind === 'small' ? [1024] : [];
        const result: Load = await runLoad([load, kind, port(service), count, seconds, ...own, ...size]);
        if (result.operations === 0) throw new Error(`nothing went well (${result.errors} errors)`);
        await delay(50);
        const cpuMicroseconds = ((cpuSeconds() - before) / result.operations) * 1e6;
        for (const tree of [memory, disk]) tree.clean();
        return { value: result.rate, cpuMicroseconds, note: result.errors > 0 ? `${result.errors} errors` : '' };
      },
    };
  }

  async function retrieveByTls({ subject, port, cpuSeconds, folder }: RunningSubject): Promise<Round> {
    // vsftpd has one port for both.
    const at = port(subject.name.startsWith('portico') ? 'ftps' : 'ftp');
    const before = cpuSeconds();
    const target = join(folder, 'netrc');
    fs.writeFileSync(target, 'machine 127.0.0.1 login anonymous password bench@\n', { mode: 0o600 });
    const report = '%{time_total} %{time_appconnect} %{size_download}';
    const url = `ftp://127.0.0.1:${at}/pub/large`;
    const tls = ['--ssl-reqd', '--insecure', '--tlsv1.3'];
    const text = await runProgram([
      'curl',
      '-sS',
      '--netrc-file',
      target,
      ...tls,
      '-o',
      '/dev/null',
      '-w',
      report,
      url,
    ]);
    const [total = 0, , size = 0] = text.trim().split(' ').map(Number);
    if (size !== bytes) throw new Error(`only ${size} bytes came`);
    await delay(50);
    return { value: size / total / 1e6, cpuMicroseconds: ((cpuSeconds() - before) / mebibytes) * 1e6, note: '' };
  }

  async function measureIdle(start: () => Promise<RunningSubject>): Promise<Round> {
    const started = await start();
    try {
      const idle = started.memoryBytes();
      const held = await holdLoad([load, 'idle', started.port('ftp'), idleSessions]);
      await delay(1_000);
      const value = started.memoryBytes() / 1e6;
      await held.release();
      return { value, cpuMicroseconds: null, note: `${Math.round(idle / 1e6)} without any` };
    } finally {
      await started.stop();
    }
  }
}

function systemAccount(): readonly string[] {
  const [name = '', ...password] = (process.env['BENCH_FTP_ACCOUNT'] ?? '').split(':');
  return [name, password.join(':')];
}
