import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { freePort, makeCertificates, makeFolder, needPrograms, runPeer, startPeer } from '../support/peers.ts';
import { startRsyslogd } from './rsyslogd.ts';

t.test('rsyslogd takes what we log', async (t) => {
  const programs = needPrograms(t, 'rsyslogd', 'nc');
  if (programs === null) return;
  const { rsyslogd, nc } = programs;
  const receiver = await startRsyslogd(t, rsyslogd);
  const places = {
    'rfc5424 over UDP': `{ syslog: "udp://127.0.0.1:${receiver.udp}" }`,
    'rfc5424 over TCP, octets counted': `{ syslog: "tcp://127.0.0.1:${receiver.tcp}" }`,
    'rfc5424 into a local socket': `{ syslog: "unix:${receiver.socket}" }`,
  };
  for (const [place, output] of Object.entries(places)) {
    await t.test(place, async (t) => {
      const daemon = await startDaemon(t, configuration(place.replaceAll(/\W+/g, '-'), output));
      const { session, peer, local, pid } = await haveSession(t, daemon, nc);
      const message = await receiver.message((found) => found.msgid === 'session.end' && found.sd.session === session);
      t.match(message, {
        app: place.replaceAll(/\W+/g, '-'),
        host: hostname(),
        procid: String(pid),
        severity: 'info',
        facility: 'local3',
        protocol: '1',
        msg: 'session ended',
        sd: { service: 'echo', peer, local, reason: 'end', 'bytes.in': '6', 'bytes.out': '6' },
      });
      t.match(message.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}/);
      const up = await receiver.message(({ app, msgid }) => app === message.app && msgid === 'service.up');
      t.match(up, { severity: 'notice', sd: { service: 'echo' } });
    });
  }
});

t.test('rsyslogd takes what we log in the older form', async (t) => {
  const programs = needPrograms(t, 'rsyslogd', 'nc');
  if (programs === null) return;
  const { rsyslogd, nc } = programs;
  const receiver = await startRsyslogd(t, rsyslogd);
  const places = {
    'over-UDP': `{ syslog: "udp://127.0.0.1:${receiver.udp}", format: rfc3164 }`,
    'over-TCP': `{ syslog: "tcp://127.0.0.1:${receiver.tcp}", format: rfc3164 }`,
    'into-the-socket-that-dev-log-is': `{ syslog: "unix:${receiver.usualSocket}", format: rfc3164 }`,
  };
  for (const [place, output] of Object.entries(places)) {
    await t.test(place, async (t) => {
      const daemon = await startDaemon(t, configuration(place, output));
      const { session, pid } = await haveSession(t, daemon, nc);
      const message = await receiver.message(({ msg }) => msg.includes('session ended') && msg.includes(session));
      t.match(message, { app: place, procid: String(pid), severity: 'info', facility: 'local3', protocol: '0' });
      t.match(message.msg, /^ ?session ended/);
      t.match(message.msg, new RegExp(`service=echo .*session=${session} `));
      // What comes by a local socket is of this machine, by the name that rsyslogd knows.
      t.equal(message.host, hostname());
    });
  }
});

t.test('rsyslogd that was away gets what was said meanwhile', async (t) => {
  const programs = needPrograms(t, 'rsyslogd', 'nc');
  if (programs === null) return;
  const { rsyslogd, nc } = programs;
  const port = await freePort('tcp');
  const daemon = await startDaemon(t, configuration('portico', `{ syslog: "tcp://127.0.0.1:${port}" }`));
  t.match(await daemon.line(({ event }) => event === 'log.failed'), { output: `tcp://127.0.0.1:${port}` });
  const { session } = await haveSession(t, daemon, nc);
  const receiver = await startRsyslogd(t, rsyslogd, { tcp: port });
  t.match(await receiver.message(({ msgid, sd }) => msgid === 'session.end' && sd.session === session), {
    sd: { service: 'echo' },
  });
});

t.test('rsyslogd with a hostile name in a line', async (t) => {
  const programs = needPrograms(t, 'rsyslogd', 'nc');
  if (programs === null) return;
  const { rsyslogd, nc } = programs;
  const receiver = await startRsyslogd(t, rsyslogd);
  const text = String.raw`"]\ [x@1 a="b"] ünïcode`;
  const daemon = await startDaemon(
    t,
    `
logging: { outputs: [console, { syslog: "tcp://127.0.0.1:${receiver.tcp}" }] }
services:
  echo:
    type: exec
    listen: tcp://127.0.0.1:0
    command: [/bin/sh, -c, 'cat >&2']
`,
  );
  await runPeer(t, [nc, '-N', '127.0.0.1', String(await daemon.port('echo'))], {
    input: `${text}\n<13>1 2026-01-01T00:00:00Z evil evil - - - \x1b[31mred\n`,
  });
  const first = await receiver.message(({ msgid }) => msgid === 'program.stderr');
  t.equal(first.msg.replace('\ufeff', ''), text);
  const second = await receiver.message(({ msgid, msg }) => msgid === 'program.stderr' && msg.includes('red'));
  t.equal(second.msg, String.raw`<13>1 2026-01-01T00:00:00Z evil evil - - - \x1b[31mred`);
  t.same([first.app, second.app], ['portico', 'portico']);
});

t.test('logger reaches rsyslogd through us', async (t) => {
  const programs = needPrograms(t, 'rsyslogd', 'logger');
  if (programs === null) return;
  const { rsyslogd, logger } = programs;
  const receiver = await startRsyslogd(t, rsyslogd);
  const daemon = await startDaemon(
    t,
    `
services:
  udp: { type: forward, listen: udp://127.0.0.1:0, to: "udp://127.0.0.1:${receiver.udp}" }
  tcp: { type: forward, listen: tcp://127.0.0.1:0, to: "tcp://127.0.0.1:${receiver.tcp}" }
`,
  );
  for (const [service, flags] of [
    ['udp', ['--udp']],
    ['tcp', ['--tcp', '--octet-count']],
  ] as const) {
    const place = ['--server', '127.0.0.1', '--port', String(await daemon.port(service))];
    const what = ['--rfc5424', '--tag', 'backup', '--priority', 'mail.warning', '--msgid', service, 'tape is full'];
    await runPeer(t, [logger, ...flags, ...place, ...what]);
    t.match(await receiver.message(({ app, msgid }) => app === 'backup' && msgid === service), {
      severity: 'warning',
      facility: 'mail',
      msg: 'tape is full',
    });
  }
});

t.test('socat as a receiver over TLS', async (t) => {
  const programs = needPrograms(t, 'openssl', 'socat', 'nc');
  if (programs === null) return;
  const { openssl, socat, nc } = programs;
  const { ca, cert, key, otherCa } = await makeCertificates(t, openssl, makeFolder(t));
  // Master and workers have a connection each.
  const listening = `OPENSSL-LISTEN:0,bind=127.0.0.1,fork,verify=0,cert=${cert},key=${key}`;
  const server = startPeer(t, [socat, '-d', '-d', '-u', listening, 'STDOUT']);
  const [, port] = await server.says(/listening on AF=2 127\.0\.0\.1:(\d+)/);

  await t.test('octets are counted', async (t) => {
    const output = `{ syslog: "tls://127.0.0.1:${port}", ca: ${ca} }`;
    const daemon = await startDaemon(t, configuration('portico', output));
    const { session } = await haveSession(t, daemon, nc);
    const pattern = `(\\d+) (<158>1 \\S+ \\S+ portico \\d+ session\\.end \\[[^\\]]* session="${session}"[^\\]]*\\] session ended)`;
    const [, count, message] = await server.says(new RegExp(pattern));
    t.equal(Number(count), Buffer.byteLength(message ?? ''));
    daemon.signal('SIGTERM');
    t.match(await daemon.exited, { code: 0 });
  });
  await t.test('a receiver that is not trusted gets nothing', async (t) => {
    const output = `{ syslog: "tls://127.0.0.1:${port}", ca: ${otherCa} }`;
    const daemon = await startDaemon(t, configuration('distrustful', output));
    t.match(await daemon.line(({ event }) => event === 'log.failed'), { error: /certificate|issuer/ });
    t.notMatch(server.output(), /distrustful/);
  });
});

t.test('rsyslogd over TLS', async (t) => {
  const programs = needPrograms(t, 'rsyslogd', 'nc', 'openssl');
  if (programs === null) return;
  const { rsyslogd, nc, openssl } = programs;
  const hasTls = ['/usr/lib/rsyslog', ...multiarch].some((folder) => existsSync(join(folder, 'lmnsd_gtls.so')));
  if (!hasTls) {
    t.plan(0, 'not installed: rsyslog-gnutls');
    return;
  }
  const certificates = await makeCertificates(t, openssl, makeFolder(t));
  const receiver = await startRsyslogd(t, rsyslogd, { certificates });
  const output = `{ syslog: "tls://127.0.0.1:${receiver.tcp}", ca: ${certificates.ca} }`;
  const daemon = await startDaemon(t, configuration('portico', output));
  const { session } = await haveSession(t, daemon, nc);
  t.match(await receiver.message(({ msgid, sd }) => msgid === 'session.end' && sd.session === session), {
    app: 'portico',
    severity: 'info',
  });
});

const multiarch = ['/usr/lib/x86_64-linux-gnu/rsyslog', '/usr/lib/aarch64-linux-gnu/rsyslog'];

function configuration(name: string, output: string): string {
  return `
daemon: { name: ${name} }
logging:
  facility: local3
  outputs: [console, ${output}]
services:
  echo: { listen: tcp://127.0.0.1:0 }
`;
}

interface HeldSession {
  readonly session: string;
  readonly peer: string;
  readonly local: string;
  readonly pid: number;
}

/** One session of six bytes, as the daemon's own log tells it. */
async function haveSession(t: Test, daemon: TestDaemon, nc: string): Promise<HeldSession> {
  await runPeer(t, [nc, '-N', '127.0.0.1', String(await daemon.port('echo'))], { input: 'hello\n' });
  return (await daemon.line(({ event }) => event === 'session.end')) as unknown as HeldSession;
}
