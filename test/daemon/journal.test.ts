import fs from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import t from 'tap';

import type { JournalReply } from '../../src/contract/registry.ts';
import { startDaemon, type LogLine, type TestDaemon } from '../support/daemon.ts';
import { makeFolder } from '../support/peers.ts';
import { accountsOf, greet, logInOnce, loginModule } from './logins.ts';
import { echo, exchange, visit } from './talk.ts';

interface Entry {
  readonly id: string;
  readonly service: string;
  readonly peer: string;
  readonly local: string;
  readonly account: string | null;
  readonly tls: string | null;
  readonly started: string;
  readonly duration: number;
  readonly bytes: { readonly in: number | null; readonly out: number | null };
  readonly reason: string;
}

async function ended(daemon: TestDaemon, ...args: string[]): Promise<readonly Entry[]> {
  const { stdout } = await daemon.command('sessions', '--since', '1h', '--json', ...args);
  return JSON.parse(stdout) as Entry[];
}

/** As many as that, once they are there: workers hand over what has ended within a second. */
async function endedOnce(daemon: TestDaemon, count: number): Promise<readonly Entry[]> {
  for (;;) {
    const reply = await daemon.ask({ command: 'journal', since: 0, limit: count });
    if ((reply as JournalReply).entries.length >= count) return await ended(daemon);
  }
}

const is =
  (event: string) =>
  (line: LogLine): boolean =>
    line.event === event;

t.test('portico sessions --since', async (t) => {
  const state = makeFolder(t);
  const config = `daemon: { state: ${state}, runtime: ./var }
accounts: ./accounts.yaml
services:
  echo: { listen: tcp://127.0.0.1:0 }
  login: { type: ./login.ts, listen: tcp://127.0.0.1:0 }
`;
  const files = { 'login.ts': loginModule, 'accounts.yaml': await accountsOf({ alice: 'sesame' }) };
  const daemon = await startDaemon(t, config, { files });
  const port = await daemon.port('echo');
  t.same(await ended(daemon), []);
  t.match(await daemon.command('sessions', '--since', '1h'), { code: 0, stdout: 'no sessions\n' });

  t.test('who, what, how much and how long', async (t) => {
    const peer = await visit(t, port);
    await exchange(peer, 'hello');
    const [session] = await daemon.sessions();
    peer.end();
    await peer.rest();
    const visitor = await greet(t, await daemon.port('login'));
    await visitor.logIn('alice', 'sesame');
    visitor.peer.end();
    await visitor.peer.rest();
    const [first, second] = await endedOnce(daemon, 2);
    t.match(first, {
      id: session?.id,
      service: 'echo',
      peer: `127.0.0.1:${peer.port}`,
      local: `127.0.0.1:${port}`,
      account: null,
      tls: null,
      started: session?.started,
      bytes: { in: 5, out: 5 },
      reason: 'end',
    });
    t.ok(first !== undefined && first.duration > 0 && first.duration < 60);
    t.match(second, { service: 'login', account: 'alice', peer: `127.0.0.1:${visitor.peer.port}`, reason: 'end' });
    const { stdout } = await daemon.command('sessions', '--since', '1h');
    t.match(stdout, /STARTED +ID +SERVICE +PEER +ACCOUNT +TLS +LASTED +IN +OUT +END\n/);
    t.match(
      stdout,
      new RegExp(` ${first?.id} +echo +127\\.0\\.0\\.1:${peer.port} +- +- +\\d+\\.\\ds +5 B +5 B +end\\n`),
    );
  });
  t.test('one that was kicked', async (t) => {
    const peer = await visit(t, port);
    await exchange(peer, 'hello');
    const [session] = await daemon.sessions();
    await daemon.command('kick', session?.id ?? '');
    await peer.rest();
    t.match((await endedOnce(daemon, 3))[2], { id: session?.id, reason: 'kick' });
  });
  t.test('what ended last before kill -9 of the worker may be missing, nothing else', async (t) => {
    await exchange(await visit(t, port), 'cut');
    const started = daemon.nextLine(is('worker.start'));
    process.kill(await daemon.workerPid(), 'SIGKILL');
    await started;
    t.equal(await echo(port, 'after'), 'after');
    t.match((await endedOnce(daemon, 4)).map(({ reason }) => reason).slice(0, 3), ['end', 'end', 'kick']);
  });
  t.test('a limit is told', async (t) => {
    const { stdout, stderr } = await daemon.command('sessions', '--since', '1h', '--json', '--limit', '2');
    t.equal((JSON.parse(stdout) as Entry[]).length, 2);
    t.equal(stderr, 'portico: only the newest 2 are shown; --limit N shows more\n');
    for (const limit of ['0', '1.5', 'many', '100001']) {
      t.match(await daemon.command('sessions', '--since', '1h', '--limit', limit), { code: 64, stdout: '' });
    }
    t.match(await daemon.command('sessions', '--since', 'yesterday'), { code: 64, stdout: '' });
  });
  t.test('what went on when the daemon ended, after the next start', async (t) => {
    const before = await ended(daemon);
    const peer = await visit(t, port);
    await exchange(peer, 'last');
    const stopping = daemon.line(is('daemon.stop'));
    daemon.signal('SIGTERM');
    await stopping;
    daemon.signal('SIGTERM');
    await daemon.exited;
    const next = await startDaemon(t, config, { files });
    const entries = await ended(next);
    t.same(entries.slice(0, before.length), before);
    t.match(entries.at(-1), { service: 'echo', peer: `127.0.0.1:${peer.port}`, reason: 'drain', bytes: { in: 4 } });
    next.signal('SIGKILL');
    await next.exited;
    const last = await startDaemon(t, config, { files });
    t.same(await ended(last), entries, 'and after kill -9 of everything');
  });
});

t.test('journal: none keeps nothing', async (t) => {
  const daemon = await startDaemon(t, 'daemon: { journal: none }\nservices: { echo: { listen: tcp://127.0.0.1:0 } }\n');
  const port = await daemon.port('echo');
  const end = daemon.line(is('session.end'));
  await echo(port, 'hello');
  await end;
  t.same(await ended(daemon), []);
});

const everything = async (daemon: TestDaemon): Promise<unknown> => {
  const logged = await logInOnce(await daemon.port('login'), 'alice', 'sesame');
  return [await echo(await daemon.port('echo'), 'hello'), logged];
};

const troubles: readonly (readonly [what: string, break_: (store: string) => void, told: RegExp])[] = [
  [
    'a database that is damaged',
    (store) => fs.writeFileSync(join(store, 'portico.db'), 'this is no database'.repeat(1000)),
    /portico\.db: the database is damaged .*: move .*portico\.db, .*-wal and .*-shm away/,
  ],
  [
    'a database of another program',
    (store) =>
      new DatabaseSync(join(store, 'portico.db')).exec('CREATE TABLE songs (title TEXT); PRAGMA user_version = 9'),
    /portico\.db: (?:this is the database of another program|the database was made by a newer release)/,
  ],
  [
    'a folder in its place',
    (store) => fs.mkdirSync(join(store, 'portico.db')),
    /portico\.db: the database cannot be opened/,
  ],
];

for (const [what, break_, told] of troubles) {
  t.test(`${what} costs the journal only`, async (t) => {
    const state = makeFolder(t);
    fs.chmodSync(state, 0o755);
    fs.mkdirSync(join(state, 'store'));
    break_(join(state, 'store'));
    const daemon = await startDaemon(
      t,
      `daemon: { state: ${state}, runtime: ./var }
accounts: ./accounts.yaml
services:
  echo: { listen: tcp://127.0.0.1:0 }
  login: { type: ./login.ts, listen: tcp://127.0.0.1:0 }
`,
      { files: { 'login.ts': loginModule, 'accounts.yaml': await accountsOf({ alice: 'sesame' }) } },
    );
    t.same(await everything(daemon), ['hello', 'alice']);
    const { error, severity } = await daemon.line(is('store.failed'));
    t.equal(severity, 'err');
    t.match(error, told);
    await daemon.line(is('journal.dropped'));
    t.equal(daemon.lines.filter(is('store.failed')).length, 1, 'told once');
    t.match(await daemon.command('bans', 'add', '192.0.2.1'), { code: 0 }, 'bans go on in memory');
    const { code, stderr } = await daemon.command('sessions', '--since', '1h');
    t.equal(code, 70);
    t.match(stderr, told);
    t.same(await everything(daemon), ['hello', 'alice']);
    t.equal(daemon.lines.filter(is('service.failed')).length, 0);
  });
}

t.test('a store that cannot be written any more', async (t) => {
  const state = makeFolder(t);
  const daemon = await startDaemon(
    t,
    `daemon: { state: ${state}, runtime: ./var }\nservices: { echo: { listen: tcp://127.0.0.1:0 } }\n`,
  );
  const port = await daemon.port('echo');
  await echo(port, 'one');
  await endedOnce(daemon, 1);
  // Somebody else's hand: another process holds the database, and does not let go.
  const other = new DatabaseSync(join(state, 'store/portico.db'));
  other.exec('BEGIN EXCLUSIVE');
  t.equal(await echo(port, 'two'), 'two');
  const { error } = await daemon.line(is('store.failed'));
  t.match(error, /portico\.db: another process holds the database .*: end what has it open/);
  t.match(await daemon.line(is('journal.dropped')), { count: 1 });
  t.equal(await echo(port, 'three'), 'three');
  other.exec('ROLLBACK');
  other.close();
  await echo(port, 'four');
  const reasons = (await endedOnce(daemon, 2)).map(({ bytes }) => bytes.in);
  t.equal(reasons[0], 3, 'what was there stays');
});
