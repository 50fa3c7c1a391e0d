import fs from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';

import t from 'tap';

import { findUser } from '../../src/system/users.ts';
import { runPortico, startDaemon, launchDaemon, type LogLine } from '../support/daemon.ts';
import { makeCertificates, needProgram } from '../support/peers.ts';
import { accountsOf, logInOnce, loginModule, registryPid } from './logins.ts';
import { canRunAs } from './privileges.ts';
import { hasProc, statusOf } from './processes.ts';
import { echo, listenTo } from './talk.ts';

const nobody = findUser('nobody');
const needs = {
  skip: process.getuid?.() !== 0 ? 'needs root' : nobody === null ? 'there is no user nobody' : !hasProc && 'no /proc',
};
const ids = (id: number | undefined): string[] => Array.from({ length: 4 }, () => String(id));

t.test('only the master keeps root', needs, async (t) => {
  const daemon = await startDaemon(
    t,
    `daemon: { user: nobody }
admin: { listen: tcp://127.0.0.1:0 }
services:
  echo: { listen: tcp://127.0.0.1:0 }
  whoami: { type: exec, listen: tcp://127.0.0.1:0, command: [/usr/bin/id] }
  other: { type: exec, listen: tcp://127.0.0.1:0, command: [/usr/bin/id, -un], user: daemon }
  apart: { type: exec, listen: tcp://127.0.0.1:0, command: [/usr/bin/id, -un], user: daemon, isolate: true }
  boss: { type: exec, listen: tcp://127.0.0.1:0, command: [/usr/bin/id, -un], user: root }
`,
  );
  t.same(statusOf(daemon.pid, 'Uid'), ids(0));

  t.test('its workers have given it up for good', async (t) => {
    const { worker: admin } = await daemon.line((line) => line.event === 'worker.start' && line['pool'] === '@admin');
    for (const pid of [await daemon.workerPid(), admin as number]) {
      t.same(statusOf(pid, 'Uid'), ids(nobody?.uid), 'real, effective, saved, file system');
      t.same(statusOf(pid, 'Gid'), ids(nobody?.gid));
      for (const group of statusOf(pid, 'Groups')) t.equal(group, String(nobody?.gid), 'no group of root');
      t.same(statusOf(pid, 'CapEff'), ['0000000000000000']);
      t.same(statusOf(pid, 'CapPrm'), ['0000000000000000']);
    }
    t.match(await listenTo(await daemon.port('whoami')), /^uid=\d+\(nobody\) gid=\d+\(\w+\) groups=\d+\(\w+\)\n$/);
  });
  t.test('user: puts a service into workers of that user', async (t) => {
    const { services } = await daemon.status();
    t.same(
      services.map(({ name, pool }) => [name, pool]),
      [
        ['echo', 'main'],
        ['whoami', 'main'],
        ['other', 'user:daemon'],
        ['apart', 'apart'],
        ['boss', 'user:root'],
      ],
    );
    t.same(statusOf(await daemon.workerPid('user:daemon'), 'Uid'), ids(findUser('daemon')?.uid));
    t.equal(await listenTo(await daemon.port('other')), 'daemon\n');
    t.equal(await listenTo(await daemon.port('apart')), 'daemon\n');
  });
  t.test('user: root has to be said', async (t) => {
    t.same(statusOf(await daemon.workerPid('user:root'), 'Uid'), ids(0));
    t.equal(await listenTo(await daemon.port('boss')), 'root\n');
  });
  t.test('a worker that replaces another is nobody as well', async (t) => {
    const pid = await daemon.workerPid();
    const exited = daemon.line((line) => line.event === 'worker.exit');
    process.kill(pid, 'SIGKILL');
    await exited;
    t.match(await listenTo(await daemon.port('whoami')), /\(nobody\)/);
    t.same(statusOf(await daemon.workerPid(), 'Uid'), ids(nobody?.uid));
  });
  t.test('so is one of the next program', async (t) => {
    daemon.signal('SIGUSR2');
    await daemon.line((line) => line.event === 'config.loaded' && line['generation'] === 2);
    t.same(statusOf(await daemon.workerPid(), 'Uid'), ids(nobody?.uid));
    t.match(await listenTo(await daemon.port('whoami')), /\(nobody\)/);
  });
});

t.test('workers write log files that only root may open', needs, async (t) => {
  const daemon = await startDaemon(
    t,
    `daemon: { user: nobody }
logging: { outputs: [console, file: ./log/portico.log] }
services: { echo: { listen: tcp://127.0.0.1:0 } }
`,
  );
  const path = join(daemon.folder, 'log/portico.log');
  const port = await daemon.port('echo');
  const linesIn = (file: string): LogLine[] =>
    fs
      .readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine);
  const logged = async (file: string, session: unknown): Promise<LogLine> => {
    const isIt = (line: LogLine): boolean => line.event === 'session.end' && line['session'] === session;
    // The console comes first in the list of outputs; the file gets its line about then.
    for (;;) {
      const found = linesIn(file).find(isIt);
      if (found !== undefined) return found;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const visitOnce = async (): Promise<unknown> => {
    const end = daemon.nextLine((line) => line.event === 'session.end');
    await echo(port, 'hello');
    return (await end)['session'];
  };
  t.match(fs.statSync(path), { uid: 0, mode: 0o100640 });
  t.match(await logged(path, await visitOnce()), { service: 'echo' });

  t.test('also after a rotation', async (t) => {
    fs.renameSync(path, `${path}.1`);
    daemon.signal('SIGUSR1');
    while (!fs.existsSync(path)) await new Promise((resolve) => setImmediate(resolve));
    // The worker takes the new file when the message has come to it; what it wrote before is in the old one.
    let last: unknown;
    while (!linesIn(path).some((line) => line.event === 'session.end')) last = await visitOnce();
    t.ok(last);
    const final = await visitOnce();
    t.match(await logged(path, final), { service: 'echo' });
    t.notOk(linesIn(`${path}.1`).some((line) => line['session'] === final));
    t.match(fs.statSync(path), { uid: 0, mode: 0o100640 });
  });
  t.test('a replaced worker and one of the next program write there too', async (t) => {
    const exited = daemon.line((line) => line.event === 'worker.exit');
    process.kill(await daemon.workerPid(), 'SIGKILL');
    await exited;
    t.match(await logged(path, await visitOnce()), { service: 'echo' });
    daemon.signal('SIGUSR2');
    await daemon.line((line) => line.event === 'config.loaded' && line['generation'] === 2);
    await daemon.line((line) => line.event === 'worker.retired');
    t.match(await logged(path, await visitOnce()), { service: 'echo' });
  });
});

t.test('keys that only root may read are served', needs, async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const folder = fs.mkdtempSync(join(t.testdir(), 'keys-'));
  const { ca, cert, key } = await makeCertificates(t, openssl, folder);
  fs.chmodSync(key, 0o600);
  const daemon = await startDaemon(
    t,
    `daemon: { user: nobody }
certificates: { default: { cert: ${cert}, key: ${key} } }
services: { echo: { listen: tls://127.0.0.1:0 } }
`,
  );
  const socket = connect({ port: await daemon.port('echo'), host: '127.0.0.1', ca: fs.readFileSync(ca) });
  await once(socket, 'secureConnect');
  socket.write('secret');
  t.equal(String((await once(socket, 'data'))[0]), 'secret');
  socket.destroy();
});

// Whoever starts it: accounts, bans, certificates and the journal work, and belong to who needs them.
const asNobody = 'mkdir var && chown nobody var && exec setpriv --reuid nobody --regid nogroup --clear-groups "$@"';
for (const [who, launcher, skip] of [
  ['root', [], needs.skip],
  ['somebody else', ['/bin/sh', '-c', asNobody, 'sh'], needs.skip || canRunAs('nobody').skip],
] as const) {
  t.test(`accounts, bans, certificates and the journal, started by ${who}`, { skip }, async (t) => {
    const daemon = await startDaemon(
      t,
      `certificates: { default: { self_signed: [localhost] } }
accounts: ./accounts.yaml
services:
  login: { type: ./login.ts, listen: tcp://127.0.0.1:0 }
  echo: { listen: tls://127.0.0.1:0 }
`,
      {
        files: { 'login.ts': loginModule, 'accounts.yaml': await accountsOf({ alice: 'sesame' }) },
        ...(launcher.length === 0 ? {} : { launcher }),
      },
    );
    const state = join(daemon.folder, 'var');
    const ownerOf = (path: string): number => fs.statSync(join(state, path)).uid;
    t.equal(await logInOnce(await daemon.port('login'), 'alice', 'sesame'), 'alice');
    t.same(statusOf(registryPid(daemon), 'Uid'), ids(nobody?.uid));
    const ca = fs.readFileSync(join(state, 'ca/ca.pem'));
    const socket = connect({ port: await daemon.port('echo'), host: '127.0.0.1', servername: 'localhost', ca });
    await once(socket, 'secureConnect');
    socket.destroy();
    t.match(await daemon.command('bans', 'add', '192.0.2.1'), { code: 0, stderr: '' });
    t.match(await daemon.command('certificate', 'renew'), { code: 0, stdout: 'renewed: default\n' });
    while (!(await daemon.command('sessions', '--since', '1h')).stdout.includes('alice'));
    t.equal(ownerOf('store/portico.db'), nobody?.uid);
    t.equal(ownerOf('ca/ca.key'), launcher.length === 0 ? 0 : nobody?.uid);
    t.equal(fs.statSync(join(state, 'store')).mode & 0o777, 0o700);
    const trouble = ['store.failed', 'accounts.rejected', 'certificate.failed', 'service.failed', 'service.error'];
    t.same(
      daemon.lines.filter(({ event = '' }) => trouble.includes(event)),
      [],
    );
    daemon.signal('SIGTERM');
    t.same(await daemon.exited, { code: 0, signal: null });
  });
}

t.test('an unknown user is a mistake, for whoever starts the daemon', async (t) => {
  const config = `daemon: { user: no-such-user }
services: { echo: { listen: tcp://127.0.0.1:0, user: nobody-either } }
`;
  const daemon = launchDaemon(t, config);
  t.same(await daemon.exited, { code: 78, signal: null });
  const text = daemon.lines.map((line) => String(line['text'])).join('\n');
  t.match(text, /daemon\.config\.yaml:1:17: daemon\.user: there is no user called "no-such-user"/);
  t.match(text, /daemon\.config\.yaml:2:54: services\.echo\.user: there is no user called "nobody-either"/);
});

t.test('another identity needs root', canRunAs('nobody'), async (t) => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'portico-nobody-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  fs.chownSync(folder, nobody?.uid ?? -1, nobody?.gid ?? -1);
  const file = join(folder, 'daemon.config.yaml');
  fs.writeFileSync(file, 'services: { echo: { listen: tcp://127.0.0.1:0, user: daemon } }\n');
  const { code, stderr } = await runPortico(['run', '-c', file], { uid: nobody?.uid ?? -1, gid: nobody?.gid ?? -1 });
  t.equal(code, 77);
  t.match(stderr, /^portico: service echo: user: daemon needs a daemon started as root$/m);
});
