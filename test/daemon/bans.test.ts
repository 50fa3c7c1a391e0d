import fs from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import t, { type Test } from 'tap';

import { libc } from '../../src/system/libc.ts';
import { startDaemon, type LogLine, type TestDaemon } from '../support/daemon.ts';
import { makeFolder } from '../support/peers.ts';
import { accountsOf, comeFrom, isServed, loginModule, registryPid, visitorOf } from './logins.ts';
import { scrape } from './scrape.ts';
import { sendTo } from './talk.ts';

// Peers from anywhere: the listeners take what a proxy on this machine says about them.
const listen = '[{ address: tcp://127.0.0.1:0, proxy_protocol: [127.0.0.1] }]';
const files = async () => ({ 'login.ts': loginModule, 'accounts.yaml': await accountsOf({ alice: 'sesame' }) });

function services({ ban = '1h', more = '' }: { readonly ban?: string; readonly more?: string } = {}): string {
  return `accounts: ./accounts.yaml
services:
  login: { type: ./login.ts, listen: ${listen}, limits: { auth_failures: 3/10m, ban: ${ban} } }
  echo: { listen: ${listen} }
${more}`;
}

/** Wrong passwords from there until the connection would be worth nothing. */
async function guess(t: Test, daemon: TestDaemon, source: string, times: number): Promise<string[]> {
  const visitor = visitorOf(await comeFrom(t, await daemon.port('login'), source));
  const answers: string[] = [];
  for (let count = 0; count < times; count++) answers.push(await visitor.logIn('alice', `guess-${count}`));
  visitor.peer.reset();
  return answers;
}

const isBan =
  (source: string) =>
  (line: LogLine): boolean =>
    line.event === 'source.banned' && line['source'] === source;

/** Resolves when it is so: workers hear of bans a moment after the command that made them. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}

interface ListedBan {
  readonly source: string;
  readonly since: string;
  readonly until: string | null;
  readonly reason: string;
  readonly service: string | null;
}

async function listBans(daemon: TestDaemon): Promise<readonly ListedBan[]> {
  const { stdout } = await daemon.command('bans', 'list', '--json');
  return JSON.parse(stdout) as ListedBan[];
}

t.test('who fails too often is refused by every service', async (t) => {
  const config = services({
    more: '  closed: { type: echo, listen: tcp://127.0.0.1:0 }\nadmin: { listen: tcp://127.0.0.1:0 }\n',
  });
  const daemon = await startDaemon(t, `daemon: { workers: 2 }\n${config}`, { files: await files() });
  const [login, echo] = [await daemon.port('login'), await daemon.port('echo')];
  const everyWorkerRefuses = async (source: string): Promise<void> => {
    const pids = (await daemon.status()).workers.map(({ pid }) => pid);
    t.equal(pids.length, 2);
    for (const pid of pids) {
      // While the other one is stopped, this one has to take it.
      const others = pids.filter((other) => other !== pid);
      others.forEach((other) => process.kill(other, 'SIGSTOP'));
      t.equal(await isServed(echo, source), false);
      others.forEach((other) => process.kill(other, 'SIGCONT'));
    }
  };

  t.test('with the number of failures that is allowed, not before', async (t) => {
    t.same(await guess(t, daemon, '192.0.2.1', 2), ['no', 'no']);
    t.ok(await isServed(echo, '192.0.2.1'));
    const before = Date.now();
    t.same(await guess(t, daemon, '192.0.2.1', 1), ['no']);
    const banned = await daemon.line(isBan('192.0.2.1'));
    t.match(banned, { reason: 'auth_failures', service: 'login', severity: 'notice' });
    const seconds = (Date.parse(String(banned['until'])) - before) / 1000;
    t.ok(seconds > 3590 && seconds < 3660, `for an hour: ${seconds}`);
    await everyWorkerRefuses('192.0.2.1');
    const refused = await daemon.line(({ event, service }) => event === 'session.refused' && service === 'echo');
    t.match(refused, { reason: 'ban', peer: '192.0.2.1:1024' });
    t.ok(await isServed(echo, '192.0.2.2'), 'nobody else');
  });
  t.test('who is connected already gets no further', async (t) => {
    const visitor = visitorOf(await comeFrom(t, login, '192.0.2.3'));
    t.equal(await visitor.logIn('alice', 'sesame'), 'alice');
    await guess(t, daemon, '192.0.2.3', 3);
    t.equal(await visitor.logIn('alice', 'sesame'), 'no');
    const failed = await daemon.line(({ event, reason }) => event === 'auth.failed' && reason === 'banned');
    t.match(failed, { service: 'login', account: 'alice', peer: '192.0.2.3:1024' });
    const samples = await scrape(daemon);
    t.equal(samples.get('portico_auth_total{service="login",result="failed"}'), 6);
    t.equal(samples.get('portico_auth_total{service="login",result="banned"}'), 1);
    t.equal(samples.get('portico_sessions_refused_total{service="echo",reason="ban"}'), 2);
  });
  t.test('logging in between does not help', async (t) => {
    const visitor = visitorOf(await comeFrom(t, login, '192.0.2.4'));
    const words = ['wrong', 'sesame', 'wrong', 'sesame', 'wrong', 'sesame'];
    const answers: string[] = [];
    for (const word of words) answers.push(await visitor.logIn('alice', word));
    t.same(answers, ['no', 'alice', 'no', 'alice', 'no', 'no']);
  });
  t.test('of a thousand guesses at once, few are computed', async (t) => {
    const visitors = await Promise.all(Array.from({ length: 50 }, () => comeFrom(t, login, '192.0.2.5')));
    const answers = await Promise.all(
      visitors.flatMap((peer) => {
        const visitor = visitorOf(peer);
        return [visitor.logIn('alice', 'guess')];
      }),
    );
    // Who has too many waiting is told so.
    const expected = ['no', 'error: logins cannot be checked just now'];
    t.same(
      answers.filter((answer) => !expected.includes(answer)),
      [],
    );
    t.match(await daemon.line(isBan('192.0.2.5')), { reason: 'auth_failures' });
  });
  t.test('IPv6: the network of 64 bits', async (t) => {
    for (const [index, host] of ['1', 'ffff', '1:2:3:4'].entries()) {
      const source = host.includes(':') ? `2001:db8:0:1:${host}` : `2001:db8:0:1::${host}`;
      t.ok(await isServed(echo, source), `${index} failures`);
      await guess(t, daemon, source, 1);
    }
    await daemon.line(isBan('2001:db8:0:1::/64'));
    await everyWorkerRefuses('2001:db8:0:1::aaaa');
    t.ok(await isServed(echo, '2001:db8:0:2::1'), 'not the next network');
  });
  t.test('survives the registry, and workers', async (t) => {
    for (const pid of [registryPid(daemon), (await daemon.status()).workers[0]?.pid as number]) {
      const started = daemon.nextLine(({ event }) => event === 'worker.start');
      process.kill(pid, 'SIGKILL');
      await started;
      t.equal(await isServed(echo, '192.0.2.1'), false);
    }
    t.same(
      (await listBans(daemon)).map(({ source }) => source),
      ['192.0.2.1', '192.0.2.3', '192.0.2.4', '192.0.2.5', '2001:db8:0:1::/64'],
    );
    t.same(await guess(t, daemon, '192.0.2.9', 1), ['no'], 'and the registry counts again');
  });
  t.test('survives a reload and an upgrade', async (t) => {
    daemon.write(`daemon: { workers: 2, journal: 1d }\n${config}`);
    await daemon.reload();
    t.equal(await isServed(echo, '192.0.2.1'), false);
    await everyWorkerRefuses('2001:db8:0:1::aaaa');
    if (libc !== null) {
      const upgraded = daemon.nextLine(({ event }) => event === 'config.loaded');
      daemon.signal('SIGUSR2');
      await upgraded;
      t.equal(await isServed(echo, '192.0.2.1'), false);
      t.equal((await listBans(daemon)).length, 5);
    }
    t.same(await guess(t, daemon, '192.0.2.9', 2), ['no', 'no']);
    await daemon.line(isBan('192.0.2.9'));
    t.pass('failures before count as well');
  });
});

t.test('a ban ends by itself', async (t) => {
  const daemon = await startDaemon(t, services({ ban: '1s' }), { files: await files() });
  const echo = await daemon.port('echo');
  await guess(t, daemon, '192.0.2.1', 3);
  t.equal(await isServed(echo, '192.0.2.1'), false);
  await until(() => isServed(echo, '192.0.2.1'));
  t.same(await listBans(daemon), []);
  t.same(await guess(t, daemon, '192.0.2.1', 2), ['no', 'no'], 'counted from the beginning');
  t.ok(await isServed(echo, '192.0.2.1'));
});

t.test('bans and failures outlive the daemon', async (t) => {
  const state = makeFolder(t);
  const config = `daemon: { state: ${state}, runtime: ./var }\n${services()}`;
  const start = async () => await startDaemon(t, config, { files: await files() });
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const source = signal === 'SIGTERM' ? '192.0.2.1' : '192.0.2.2';
    const daemon = await start();
    await guess(t, daemon, source, 3);
    await daemon.line(isBan(source));
    // Noted down within a second, which only an orderly end waits for.
    if (signal === 'SIGTERM') await guess(t, daemon, '192.0.2.3', 2);
    daemon.signal(signal);
    await daemon.exited;
    const next = await start();
    t.equal(await isServed(await next.port('echo'), source), false, `after ${signal}: refused from the first moment`);
    next.signal('SIGTERM');
    await next.exited;
  }
  const last = await start();
  t.same(await guess(t, last, '192.0.2.3', 1), ['no']);
  await last.line(isBan('192.0.2.3'));
  t.equal((await listBans(last)).length, 3);
});

t.test('portico bans', async (t) => {
  const more = `  guarded: { type: echo, listen: ${listen}, access: { never_ban: [198.51.100.0/24, "2001:db8::5"] } }\n`;
  const daemon = await startDaemon(t, services({ more }), { files: await files() });
  const [echo, guarded] = [await daemon.port('echo'), await daemon.port('guarded')];
  t.match(await daemon.command('bans'), { code: 0, stdout: 'no bans\n', stderr: '' });
  t.same(await listBans(daemon), []);

  t.test('add', async (t) => {
    const added = await daemon.command('bans', 'add', '192.0.2.7', '--for', '1h');
    t.match(added, { code: 0, stdout: '192.0.2.7 is banned for 1h\n', stderr: '' });
    const forever = await daemon.command('bans', 'add', '2001:db8::1');
    t.match(forever, { code: 0, stdout: '2001:db8::/64 is banned until it is removed\n', stderr: '' });
    await until(async () => !(await isServed(echo, '192.0.2.7')));
    await until(async () => !(await isServed(echo, '2001:db8::2')));
    const [first, second] = await listBans(daemon);
    t.match(first, { source: '192.0.2.7', reason: 'manual', service: null });
    t.equal(Date.parse(String(first?.until)) - Date.parse(String(first?.since)), 3_600_000);
    t.match(second, { source: '2001:db8::/64', reason: 'manual', service: null, until: null });
    t.match((await daemon.command('bans', 'list')).stdout, /192\.0\.2\.7 +(?:1h|59m).* manual +-\n/);
    t.match(await daemon.line(isBan('192.0.2.7')), { reason: 'manual' });
  });
  t.test('remove', async (t) => {
    const removed = await daemon.command('bans', 'remove', '192.0.2.7');
    t.match(removed, { code: 0, stdout: '192.0.2.7 is no longer banned\n', stderr: '' });
    await until(() => isServed(echo, '192.0.2.7'));
    t.match(await daemon.line(({ event }) => event === 'source.unbanned'), { source: '192.0.2.7' });
    const again = await daemon.command('bans', 'remove', '192.0.2.7');
    t.match(again, { code: 1, stdout: '', stderr: 'portico: 192.0.2.7 is not banned\n' });
    t.equal((await listBans(daemon)).length, 1);
  });
  t.test('who is never banned', async (t) => {
    const { code, stderr } = await daemon.command('bans', 'add', '198.51.100.1');
    t.same([code, stderr], [1, 'portico: 198.51.100.1 is never banned (access.never_ban)\n']);
    await guess(t, daemon, '198.51.100.1', 5);
    t.ok(await isServed(echo, '198.51.100.1'));
    t.ok(await isServed(guarded, '2001:db8::5'), 'a host in a network that is banned');
    t.equal(await isServed(guarded, '2001:db8::6'), false);
  });
  t.test('what is no address', async (t) => {
    for (const text of ['example.com', '192.0.2.0/24', '2001:db8::/32', '300.1.1.1', "'; DROP TABLE bans; --"]) {
      const { code, stderr } = await daemon.command('bans', 'add', text);
      t.equal(code, 64);
      t.match(stderr, /^portico: expected an IP address or an IPv6 network of 64 bits, got "/);
    }
    t.match(await daemon.command('bans', 'add'), { code: 64, stderr: /bans add needs ADDRESS/ });
    t.match(await daemon.command('bans', 'add', '192.0.2.8', '--for', 'long'), { code: 64 });
  });
  t.test('one that a reload exempts is lifted', async (t) => {
    await daemon.command('bans', 'add', '203.0.113.1');
    await until(async () => !(await isServed(echo, '203.0.113.1')));
    await daemon.change(services({ more: more.replace('[198', '[203.0.113.0/24, 198') }));
    await until(() => isServed(echo, '203.0.113.1'));
    t.same(
      (await listBans(daemon)).map(({ source }) => source),
      ['2001:db8::/64'],
    );
  });
});

t.test('a login from a host that is exempt in a banned network', async (t) => {
  const config = services().replace('limits:', 'access: { never_ban: ["2001:db8::5"] }, limits:');
  const daemon = await startDaemon(t, config, { files: await files() });
  await daemon.command('bans', 'add', '2001:db8::1');
  const login = await daemon.port('login');
  await until(async () => !(await isServed(await daemon.port('echo'), '2001:db8::5')));
  const visitor = visitorOf(await comeFrom(t, login, '2001:db8::5'));
  t.equal(await visitor.logIn('alice', 'sesame'), 'alice');
  t.equal(await visitor.logIn('alice', 'wrong'), 'no');
});

t.test('a sensor', async (t) => {
  const more = `  trap: { type: echo, sensor: true, listen: ${listen}, limits: { ban: 1h }, access: { never_ban: [198.51.100.1] } }\n`;
  const daemon = await startDaemon(t, `daemon: { workers: 2 }\n${services({ more })}`, { files: await files() });
  const [trap, echo] = [await daemon.port('trap'), await daemon.port('echo')];

  t.test('bans whoever touches it', async (t) => {
    t.ok(await isServed(echo, '192.0.2.1'));
    t.equal(await isServed(trap, '192.0.2.1'), false);
    t.match(await daemon.line(isBan('192.0.2.1')), { reason: 'sensor', service: 'trap' });
    await until(async () => !(await isServed(echo, '192.0.2.1')));
    t.match(await listBans(daemon), [{ source: '192.0.2.1', reason: 'sensor', service: 'trap' }]);
    t.ok(await isServed(echo, '192.0.2.2'), 'nobody else');
  });
  t.test('serves nobody, bans nobody who is exempt', async (t) => {
    t.equal(await isServed(trap, '198.51.100.1'), false);
    t.ok(await isServed(echo, '198.51.100.1'));
    t.equal((await listBans(daemon)).length, 1);
  });
  t.test('counts as refused, not as sessions', async (t) => {
    const status = await daemon.status();
    t.match(status.services.find(({ name }) => name === 'trap')?.sessions, { active: 0, total: 0, refused: 2 });
  });
});

t.test('a datagram of a banned source is not answered', async (t) => {
  const daemon = await startDaemon(t, 'services: { echo: { listen: [udp://127.0.0.1:0, udp://127.0.0.1:0] } }\n');
  const peer = await sendTo(t, await daemon.port('echo'));
  await peer.send('hello');
  t.equal(await peer.receive(), 'hello');
  await daemon.command('bans', 'add', '127.0.0.1');
  const refused = daemon.nextLine(({ event }) => event === 'session.refused');
  let isRefused = false;
  void refused.finally(() => (isRefused = true));
  while (!isRefused) {
    await peer.send('anybody there?');
    await nextTurn();
  }
  t.match(await refused, { service: 'echo', reason: 'ban' });
  await daemon.command('bans', 'remove', '127.0.0.1');
  t.ok(fs.existsSync(join(daemon.folder, 'var/store/portico.db')));
});
