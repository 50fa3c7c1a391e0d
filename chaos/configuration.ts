import { randomBytes, scryptSync } from 'node:crypto';

import type { Ports } from './ports.ts';

export const account = { name: 'alice', password: 'sesame', address: 'alice@home.example' } as const;

export interface ConfigurationOptions {
  readonly ports: Ports;
  readonly isRoot: boolean;
  readonly folder: string;
  /** Where perl is; null: there is no service that waits. */
  readonly perl: string | null;
  /** Anything that differs makes other workers at a reload. */
  readonly edition: number;
}

/** Every kind of service, in three pools: the usual one, one of its own, and as root one of another user. */
export function renderConfiguration({ ports, isRoot, folder, perl, edition }: ConfigurationOptions): string {
  const tcp = (port: number): string => `tcp://127.0.0.1:${port}`;
  const banner = `banner: "edition ${edition}"`;
  return `daemon: { workers: 2, drain: 60s, drain_reload: 5m, spool_free: 1MB }
logging: { outputs: [{ console: json }, { file: ./log/portico.log }] }
admin: { listen: ${tcp(ports.admin)} }
certificates: { default: { self_signed: [localhost] } }
accounts: ./accounts.yaml
deliveries:
  archive: { type: directory, path: ./archive, name: "{service}/{id}-{name}" }
services:
  echo: { listen: [${tcp(ports.echo)}, udp://127.0.0.1:${ports.echo}, tls://127.0.0.1:${ports.echoTls}], ${banner} }
  daytime: { listen: ${tcp(ports.daytime)} }
  chat: { listen: ${tcp(ports.chat)}, isolate: true, rate: 1000/s, history: ${10 + (edition % 2)} }
  shout: { type: exec, listen: ${tcp(ports.shout)}, command: [/usr/bin/tr, a-z, A-Z] }
${perl === null ? '' : `  count: { type: exec, listen: ${tcp(ports.count)}, wait: true, command: ["${perl}", "${folder}/count.pl"] }\n`}\
  forward: { listen: ${tcp(ports.forward)}, to: ${tcp(ports.echo)}, ${isRoot ? 'user: nobody' : 'isolate: true'}, ${banner} }
  http:
    listen: ${tcp(ports.http)}
    routes:
      /: { files: ./public }
      /drop/: { upload: true, deliver: [archive] }
  xmlrpc: { listen: ${tcp(ports.xmlrpc)}, methods: { math: ./math.js } }
  smtp: { listen: ${tcp(ports.smtp)}, recipients: ["*@scans.example"], deliver: [archive] }
  pop3: { listen: ${tcp(ports.pop3)} }
  ftp: { listen: ${tcp(ports.ftp)}, deliver: [archive] }
  tftp: { listen: udp://127.0.0.1:${ports.tftp}, root: ./boot, write: true, deliver: [archive] }
  tftp-single: { type: tftp, listen: udp://127.0.0.1:${ports.tftpSingle}, root: ./boot, write: true, single_port: true, deliver: [archive] }
  syslog: { listen: ${tcp(ports.syslog)}, deliver: [archive], batch: { count: 50, time: 1s } }
`;
}

/** The account that everybody is, with a password that costs little: logins are not what is measured. */
export function renderAccounts(): string {
  const salt = randomBytes(16);
  const digest = scryptSync(account.password, salt, 32, { N: 2 ** 10, r: 8, p: 1 });
  const plain = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
  return `${account.name}:
  password: "$scrypt$ln=10,r=8,p=1$${plain(salt)}$${plain(digest)}"
  mail: [${account.address}]
`;
}

/** Modules and programs of the services. */
export const files: Readonly<Record<string, string>> = {
  'math.js': 'export const add = (a, b) => a + b;\n',
  // Takes connections from the socket that it was given until none comes for a second, and counts their bytes.
  'count.pl': `use strict;
while (1) {
  my $wanted = '';
  vec($wanted, 0, 1) = 1;
  last unless select($wanted, undef, undef, 1);
  # Another one may have the socket too, and be quicker: who waits in vain ends.
  alarm 2;
  next unless accept(my $peer, STDIN);
  alarm 0;
  my $bytes = 0;
  while (my $read = sysread($peer, my $data, 8192)) { $bytes += $read }
  syswrite($peer, "$bytes\\n");
  close $peer;
}
`,
};
