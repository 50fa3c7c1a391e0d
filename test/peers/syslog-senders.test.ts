import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';

import t, { type Test } from 'tap';

import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { makeCertificates, makeFolder, needPrograms, runPeer, startPeer } from '../support/peers.ts';

interface Message {
  readonly facility: string;
  readonly severity: string;
  readonly app: string | null;
  readonly message: string;
  readonly [member: string]: unknown;
}

interface Stage {
  readonly daemon: TestDaemon;
  readonly udp: string;
  readonly tcp: string;
  readonly tls: string;
  readonly socket: string;
  /** Resolves with the message of that text, past or future; rsyslogd puts a space before it. */
  message(text: string): Promise<Message>;
}

/** Receives on every kind of address, into a file that is read here. */
async function stage(t: Test, certificate?: { readonly cert: string; readonly key: string }): Promise<Stage> {
  const folder = makeFolder(t);
  chmodSync(folder, 0o777);
  const [file, socket] = [join(folder, 'messages.jsonl'), join(folder, 'log')];
  const own = certificate === undefined ? '{ self_signed: [localhost, 127.0.0.1] }' : JSON.stringify(certificate);
  const daemon = await startDaemon(
    t,
    `
logging: { outputs: [console] }
certificates: { default: ${own} }
services:
  syslog:
    listen: [udp://127.0.0.1:0, tcp://127.0.0.1:0, tls://127.0.0.1:0, { address: "unix:${socket}", mode: "0666" }]
    file: { path: ${file}, format: json }
`,
  );
  const [udp, tcp, tls] = (await Promise.all([0, 1, 2].map((index) => daemon.port('syslog', index)))).map(String);
  return {
    daemon,
    udp: udp ?? '',
    tcp: tcp ?? '',
    tls: tls ?? '',
    socket,
    async message(text) {
      const watcher = watch(folder);
      try {
        for (;;) {
          const change = once(watcher, 'change');
          const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
          const found = lines.map((line) => JSON.parse(line) as Message).find(({ message }) => message.trim() === text);
          if (found !== undefined) return found;
          await change;
        }
      } finally {
        watcher.close();
      }
    },
  };
}

t.test('logger', async (t) => {
  const programs = needPrograms(t, 'logger');
  if (programs === null) return;
  const { udp, tcp, socket, message } = await stage(t);
  const network = (port: string, ...args: string[]): string[] => ['-n', '127.0.0.1', '-P', port, ...args];
  const cases: readonly [args: readonly string[], expected: object][] = [
    [network(udp, '-d', '--rfc3164', '-t', 'app'), { app: 'app', facility: 'user', severity: 'notice' }],
    [
      network(udp, '-d', '--rfc5424', '-t', 'app', '-p', 'local4.err'),
      { app: 'app', facility: 'local4', severity: 'err' },
    ],
    [network(tcp, '-T', '--rfc3164', '-t', 'app', '--id=12'), { app: 'app', process: '12' }],
    [network(tcp, '-T', '--rfc5424', '-t', 'app', '--msgid', 'M1'), { app: 'app', message_id: 'M1' }],
    [network(tcp, '-T', '--rfc3164', '--octet-count', '-t', 'app'), { app: 'app' }],
    [
      network(
        tcp,
        '-T',
        '--rfc5424',
        '--octet-count',
        '-t',
        'app',
        '--sd-id',
        'x@1',
        '--sd-param',
        String.raw`a="1\"2"`,
      ),
      { app: 'app', structured: { 'x@1': { a: '1"2' } } },
    ],
    [['-u', socket, '--rfc5424', '-t', 'app'], { app: 'app', peer: 'unix' }],
    [['-u', socket, '-t', 'app'], { app: 'app', peer: 'unix' }],
  ];
  for (const [index, [args, expected]] of cases.entries()) {
    const text = `message ${index} äöü`;
    t.match(await runPeer(t, [programs.logger, ...args, text]), { code: 0 });
    t.match(await message(text), expected, args.join(' '));
  }
  await runPeer(t, [programs.logger, ...network(tcp, '-T', '-t', 'many')], {
    input: 'line one\nline two\nline three\n',
  });
  for (const text of ['line one', 'line two', 'line three']) t.match(await message(text), { app: 'many' });
});

t.test("Python's SysLogHandler", async (t) => {
  const programs = needPrograms(t, 'python3');
  if (programs === null) return;
  const { udp, tcp, socket, message } = await stage(t);
  const script = `
import logging, logging.handlers, socket, sys
handler = logging.handlers.SysLogHandler
kinds = {
  "udp": handler(("127.0.0.1", ${udp})),
  "tcp": handler(("127.0.0.1", ${tcp}), socktype=socket.SOCK_STREAM, facility="local1"),
  "unix": handler("${socket}", socktype=socket.SOCK_STREAM),
}
for name, kind in kinds.items():
  kind.ident = "app: "
  log = logging.getLogger(name)
  log.addHandler(kind)
  log.warning("%s: first äöü", name)
  log.error("%s: second", name)
`;
  t.match(await runPeer(t, [programs.python3, '-c', script]), { code: 0 });
  for (const kind of ['udp', 'tcp', 'unix']) {
    const facility = kind === 'tcp' ? 'local1' : 'user';
    t.match(await message(`${kind}: first äöü`), { app: 'app', facility, severity: 'warning' });
    t.match(await message(`${kind}: second`), { app: 'app', facility, severity: 'err' });
  }
});

t.test('openssl', async (t) => {
  const programs = needPrograms(t, 'openssl');
  if (programs === null) return;
  const { tls, message } = await stage(t);
  const peer = startPeer(t, [programs.openssl, 's_client', '-quiet', '-no_ign_eof', '-connect', `127.0.0.1:${tls}`]);
  peer.write('31 <13>1 - host app - - - over TLS\n<13>and a line\n');
  t.match(await message('over TLS'), { host: 'host' });
  t.match(await message('and a line'), {});
  peer.end();
  await peer.ended;
});

t.test('rsyslogd', async (t) => {
  const programs = needPrograms(t, 'rsyslogd', 'logger', 'openssl');
  if (programs === null) return;
  const { rsyslogd, logger, openssl } = programs;
  const folder = makeFolder(t);
  const { ca, cert, key } = await makeCertificates(t, openssl, folder);
  const { udp, tcp, tls, message } = await stage(t, { cert, key });
  const hasTls = multiarch.some((place) => existsSync(join(place, 'lmnsd_gtls.so')));
  const kinds = [
    ['udp', `port="${udp}" protocol="udp" template="RSYSLOG_TraditionalForwardFormat"`],
    ['iso', `port="${tcp}" protocol="tcp" template="RSYSLOG_ForwardFormat"`],
    ['counted', `port="${tcp}" protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"`],
    [
      'tls',
      `port="${tls}" protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"
        StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"`,
    ],
  ].slice(0, hasTls ? 4 : 3);
  const socket = join(folder, 'devlog');
  writeFileSync(
    join(folder, 'rsyslog.conf'),
    `
global(workDirectory="${folder}" net.enableDNS="off" processInternalMessages="on" localHostname="sender"
  DefaultNetstreamDriverCAFile="${ca}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${socket}" RateLimit.Interval="0")
${kinds.map(([name, action]) => `if $syslogtag == ["${name}:", "rsyslogd:"] then action(type="omfwd" target="127.0.0.1" ${action})`).join('\n')}
`,
  );
  const peer = startPeer(t, [rsyslogd, '-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'pid')]);
  await Promise.race([
    appears(folder, 'devlog'),
    peer.ended.then((code) => Promise.reject(new Error(`${code} ${peer.output()}`))),
  ]);
  for (const [name = ''] of kinds) {
    await runPeer(t, [logger, '-u', socket, '-t', name, '-p', 'local2.warning', `by ${name} äöü`]);
    t.match(await message(`by ${name} äöü`), { host: 'sender', app: name, facility: 'local2', severity: 'warning' });
  }
});

t.test('a daemon that stops closes its end first, over TLS as well, and reads the rest', async (t) => {
  const { daemon, tls, message } = await stage(t);
  const options = { port: Number(tls), host: '127.0.0.1', rejectUnauthorized: false, allowHalfOpen: true };
  const socket = connect(options);
  t.teardown(() => void socket.destroy());
  await once(socket, 'secureConnect');
  socket.write('<13>before\n');
  await message('before');
  daemon.signal('SIGTERM');
  await once(socket.resume(), 'end');
  socket.end('<13>after\n');
  t.ok(await message('after'));
  t.match(await daemon.exited, { code: 0 });
});

async function appears(folder: string, name: string): Promise<void> {
  const watcher = watch(folder);
  try {
    for (;;) {
      const change = once(watcher, 'change');
      if (existsSync(join(folder, name))) return;
      await change;
    }
  } finally {
    watcher.close();
  }
}

const multiarch = ['/usr/lib/rsyslog', '/usr/lib/x86_64-linux-gnu/rsyslog', '/usr/lib/aarch64-linux-gnu/rsyslog'];
