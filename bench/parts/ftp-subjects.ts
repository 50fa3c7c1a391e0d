import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';

import { account } from '../account.ts';
import { benchFile, findProgram, isRoot } from '../machine.ts';
import { porticoHead, porticoSubject } from '../portico-subject.ts';
import { createRoster } from '../roster.ts';
import type { Skipped, Subject } from '../subject.ts';
import type { Certificate } from './certificate.ts';

/** Where a daemon's files are: the services of those on a disk have "-disk" in their names. */
interface Place {
  readonly root: string;
  readonly services: readonly string[];
}

/**
 * Services: `ftp` and `ftp-disk` for anonymous peers, with files in memory and on a disk; `ftp-password` for an account;
 * `ftps` with TLS for anonymous peers.
 */
export function findFtpSubjects(
  memory: string,
  disk: string,
  tls: Certificate | null,
): { present: Subject[]; absent: Skipped[] } {
  const { present, absent, add } = createRoster();
  present.push(
    portico('portico', 1, true),
    portico('portico, sync: false', 1, false),
    portico('portico, 2 workers', 2, true),
  );
  const needsRoot = isRoot ? null : 'needs root';
  const systemAccount = process.env['BENCH_FTP_ACCOUNT'];
  for (const place of [
    { root: memory, services: ['ftp', ...(tls === null ? [] : ['ftps'])] },
    { root: disk, services: ['ftp-disk'] },
  ]) {
    add((program) => vsftpd(program, place, tls), 'vsftpd', needsRoot);
    add((program) => proftpd(program, place), 'proftpd', needsRoot);
    add((program) => pyftpdlib(program, place), 'python3', noPythonModule('pyftpdlib'));
  }
  add(
    (program) => vsftpd(program, { root: memory, services: ['ftp-password'] }, null, systemAccount),
    'vsftpd',
    needsRoot ??
      (systemAccount === undefined ? 'knows system accounts only: BENCH_FTP_ACCOUNT=NAME:PASSWORD names one' : null),
  );
  add((program) => proftpd(program, { root: memory, services: ['ftp-password'] }), 'proftpd', needsRoot);
  add(
    (program) => pyftpdlib(program, { root: memory, services: ['ftp-password'] }),
    'python3',
    noPythonModule('pyftpdlib'),
  );
  return { present, absent };

  /** Four services of one daemon; those that differ in `sync` only take part where that shows. */
  function portico(name: string, workers: number, isSynced: boolean): Subject {
    const all = ['ftp', 'ftp-disk', 'ftp-password', ...(tls === null ? [] : ['ftps'])];
    const services = isSynced ? (workers === 1 ? all : ['ftp', 'ftp-disk', 'ftp-password']) : ['ftp', 'ftp-disk'];
    const service = (called: string, port: number, root: string, rest = ''): string =>
      `  ${called}: { type: ftp, listen: "tcp://127.0.0.1:${port}", anonymous: { root: "${root}", write: true }, sync: ${isSynced}, limits: { connections: 2000 }${rest} }\n`;
    return porticoSubject(
      name,
      services,
      (port) => `
${porticoHead(workers)}
accounts: ./accounts.yaml
${tls === null ? '' : `certificates: { bench: { cert: "${tls.certificate}", key: "${tls.key}" } }`}
services:
${service('memory', port('ftp'), memory)}${service('disk', port('ftp-disk'), disk)}${
        services.includes('ftp-password') ? service('password', port('ftp-password'), memory) : ''
      }${services.includes('ftps') ? service('encrypted', port('ftps'), memory, ', tls: { certificate: bench }') : ''}
`,
      { files: () => ({ 'accounts.yaml': `${account.name}: { password: "${account.hash}" }\n` }) },
    );
  }
}

function noPythonModule(name: string): string | null {
  const status = spawnSync(findProgram('python3') ?? 'python3', ['-c', `import ${name}`]).status;
  return status === 0 ? null : `no python3-${name}`;
}

/** With TLS on offer, and without a log of transfers. It has anonymous peers, or accounts of the system by PAM. */
function vsftpd(program: string, { root, services }: Place, tls: Certificate | null, systemAccount?: string): Subject {
  const isAnonymous = systemAccount === undefined && !services.includes('ftp-password');
  const [first = ''] = services;
  const lines = (port: number): readonly string[] => [
    'listen=YES',
    'background=NO',
    'listen_address=127.0.0.1',
    `listen_port=${port}`,
    `local_enable=${isAnonymous ? 'NO' : 'YES'}`,
    `anonymous_enable=${isAnonymous ? 'YES' : 'NO'}`,
    // Its home has to be there; and the root must not be writable for it.
    'ftp_username=daemon',
    'nopriv_user=nobody',
    `anon_root=${root}`,
    'anon_upload_enable=YES',
    'anon_world_readable_only=NO',
    'anon_umask=022',
    'write_enable=YES',
    'pam_service_name=vsftpd',
    'secure_chroot_dir=empty',
    'seccomp_sandbox=NO',
    'xferlog_enable=NO',
    'max_per_ip=0',
    'use_sendfile=YES',
    ...(tls === null
      ? []
      : [
          'ssl_enable=YES',
          'allow_anon_ssl=YES',
          'force_local_data_ssl=NO',
          'force_local_logins_ssl=NO',
          'require_ssl_reuse=NO',
          `rsa_cert_file=${tls.certificate}`,
          `rsa_private_key_file=${tls.key}`,
          'ssl_ciphers=HIGH',
        ]),
  ];
  // It has one port: what is plain and what has TLS are both on it.
  return {
    name: 'vsftpd',
    services,
    sources: 1,
    command: (_port, folder) => [program, join(folder, 'vsftpd.conf')],
    files: (port, folder) => ({
      'vsftpd.conf': `${lines(port(first)).join('\n').replace('chroot_dir=empty', `chroot_dir=${folder}/empty`)}\n`,
    }),
    prepare: (folder) => fs.mkdirSync(join(folder, 'empty'), { recursive: true, mode: 0o755 }),
  };
}

function proftpd(program: string, { root, services: [service = ''] }: Place): Subject {
  return {
    name: 'proftpd',
    services: [service],
    sources: 1,
    command: (_port, folder) => [program, '-n', '-q', '-c', join(folder, 'proftpd.conf')],
    files: (port, folder) => ({
      accounts: `${account.name}:${account.hash}:65534:65534::${root}:/bin/sh\n`,
      'proftpd.conf': `ServerName bench
ServerType standalone
DefaultServer on
DefaultAddress 127.0.0.1
SocketBindTight on
Port ${port(service)}
UseIPv6 off
UseReverseDNS off
User nobody
Group nogroup
Umask 022
MaxInstances 1000
PidFile ${folder}/pid
ScoreboardFile /dev/null
DelayEngine off
AuthOrder mod_auth_file.c mod_auth_unix.c
AuthUserFile ${folder}/accounts
RequireValidShell off
WtmpLog off
TransferLog none
SystemLog none
UseSendfile on
<Anonymous ${root}>
  User nobody
  Group nogroup
  UserAlias anonymous nobody
  RequireValidShell off
  <Limit WRITE>
    AllowAll
  </Limit>
</Anonymous>
`,
    }),
    // It does not read a file of accounts that others could write to.
    prepare: (folder) => fs.chmodSync(join(folder, 'accounts'), 0o600),
  };
}

/** Without TLS: version 1.5.7 resets curl's data connections as they begin. */
function pyftpdlib(python: string, { root, services: [service = ''] }: Place): Subject {
  return {
    name: 'pyftpdlib',
    services: [service],
    sources: 1,
    command: (port) => [python, benchFile('peers/pyftpdlib_server.py'), String(port(service)), root],
  };
}
