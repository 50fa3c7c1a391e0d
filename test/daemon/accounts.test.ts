import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { findUser } from '../../src/system/users.ts';
import { runPortico, startDaemon, type LogLine, type TestDaemon } from '../support/daemon.ts';
import { dial } from '../support/dial.ts';
import { linesOf, needPrograms, runPeer } from '../support/peers.ts';
import { accountsOf, greet, logInOnce, loginModule, registryPid } from './logins.ts';
import { scrape } from './scrape.ts';
import { storm } from './talk.ts';

const files = { 'login.ts': loginModule };
const login = '{ type: ./login.ts, listen: tcp://127.0.0.1:0, limits: { auth_failures: 1000/10m } }';
const secrets = ['sesame', 'wrong-word', 'argon2id'];

const strict = login.replace('login.ts', 'strict.ts');
const nobody = findUser('nobody');
const isRoot = process.getuid?.() === 0;

/** As an administrator's editor does it: whoever reads gets one or the other. */
function replaceFile(daemon: TestDaemon, name: string, text: string): void {
  const path = daemon.put(`${name}.new`, text);
  fs.chmodSync(path, 0o600);
  fs.renameSync(path, join(daemon.folder, name));
}

function noneTells(lines: readonly LogLine[], words: readonly string[]): boolean {
  const text = JSON.stringify(lines);
  return words.every((word) => !text.includes(word));
}

t.test('logins at a module of a user', async (t) => {
  const [alice = ''] = (await accountsOf({ alice: 'sesame' })).split('\n');
  const hash = /"(.*)"/.exec(alice)?.[1] ?? '';
  const daemon = await startDaemon(
    t,
    `admin: { listen: tcp://127.0.0.1:0 }
accounts: ./accounts.yaml
services:
  login: ${login}
`,
    {
      files: {
        ...files,
        'accounts.yaml': `alice: { password: "${hash}", permissions: [read, list], quota: 1GB, mail: [alice@example.com] }
bob: { password: "${hash}", services: [mail] }
carol: { password: "${hash}", services: [mail, login], home: ./carol }
dave: {}
`,
      },
    },
  );
  const port = await daemon.port('login');
  const visitor = await greet(t, port);

  t.test('the right password', async (t) => {
    t.match(await daemon.sessions(), [{ service: 'login', account: null }]);
    t.same(await visitor.account('alice', 'sesame'), {
      name: 'alice',
      home: join(daemon.folder, 'var/home/alice'),
      services: null,
      permissions: ['list', 'read'],
      quota: 1024 ** 3,
      mail: ['alice@example.com'],
    });
    const { stdout } = await daemon.command('sessions', '--json');
    const [session] = JSON.parse(stdout) as [{ id: string }];
    t.match(session, { service: 'login', account: 'alice' });
    t.match(await daemon.line(({ event }) => event === 'auth.ok'), {
      severity: 'info',
      service: 'login',
      session: session.id,
      peer: `127.0.0.1:${visitor.peer.port}`,
      account: 'alice',
    });
  });
  t.test('everything else is told apart by nobody', async (t) => {
    t.equal(await visitor.logIn('alice', 'wrong-word'), 'no', 'a wrong password');
    t.equal(await visitor.logIn('alice', ''), 'no', 'none');
    t.equal(await visitor.logIn('mallory', 'sesame'), 'no', 'an unknown name');
    t.equal(await visitor.logIn('dave', 'sesame'), 'no', 'an account without a password');
    t.equal(await visitor.logIn('bob', 'sesame'), 'no', 'an account for other services');
    t.equal(await visitor.logIn('__proto__', 'sesame'), 'no');
    t.equal(await visitor.logIn('x'.repeat(5000), 'sesame'), 'no');
    t.equal(await visitor.logIn('alice', 'x'.repeat(5000)), 'no');
    t.match(await visitor.account('carol', 'sesame'), { name: 'carol', home: join(daemon.folder, 'carol') });
    const failed = await linesOf(daemon, 'auth.failed', 8);
    t.same(
      failed.map(({ account, reason, severity }) => [String(account).slice(0, 10), reason, severity]),
      [
        ['alice', 'credentials', 'notice'],
        ['alice', 'credentials', 'notice'],
        ['mallory', 'credentials', 'notice'],
        ['dave', 'credentials', 'notice'],
        ['bob', 'service', 'notice'],
        ['__proto__', 'credentials', 'notice'],
        ['x'.repeat(10), 'credentials', 'notice'],
        ['alice', 'credentials', 'notice'],
      ],
    );
    t.ok(failed.every(({ account }) => String(account).length <= 256));
  });
  t.test('is counted', async (t) => {
    const samples = await scrape(daemon);
    t.equal(samples.get('portico_auth_total{service="login",result="ok"}'), 2);
    t.equal(samples.get('portico_auth_total{service="login",result="failed"}'), 8);
    t.equal(samples.get('portico_auth_total{service="login",result="banned"}'), 0);
  });
  t.test('no line of the log holds a secret', async (t) => t.ok(noneTells(daemon.lines, secrets)));
});

t.test('an accounts file that changes while the daemon runs', async (t) => {
  // The log is written beside it all the time.
  const daemon = await startDaemon(
    t,
    `logging: { outputs: [console, file: ./portico.log] }
accounts: ./accounts.yaml
services:
  login: ${login}
  echo: { listen: tcp://127.0.0.1:0 }
`,
    { files: { ...files, 'accounts.yaml': await accountsOf({ alice: 'sesame' }) } },
  );
  const [port, echo] = [await daemon.port('login'), await daemon.port('echo')];
  const isNext = (event: string): Promise<LogLine> => daemon.nextLine((line) => line.event === event);
  const alice = (): Promise<string> => logInOnce(port, 'alice', 'sesame');
  const rejections = (): number => daemon.lines.filter(({ event }) => event === 'accounts.rejected').length;
  t.equal(await alice(), 'alice');

  t.test('is in effect whole, however busy the folder is', async (t) => {
    const loaded = isNext('accounts.loaded');
    const busy = storm(echo, { until: loaded, atOnce: 4 });
    replaceFile(daemon, 'accounts.yaml', await accountsOf({ bob: 'sesame', carol: 'open' }));
    t.match(await loaded, { accounts: 2, severity: 'notice' });
    await busy;
    t.equal(await alice(), 'no');
    t.equal(await logInOnce(port, 'bob', 'sesame'), 'bob');
    replaceFile(daemon, 'accounts.yaml', await accountsOf({ alice: 'sesame' }));
    t.match(await isNext('accounts.loaded'), { accounts: 1 });
    t.equal(await alice(), 'alice');
  });
  t.test('with a mistake, what was stays', async (t) => {
    daemon.put('accounts.yaml', 'alice:\n  password: wrong-word\n  shell: sesame\n');
    const { reason, severity } = await isNext('accounts.rejected');
    t.equal(severity, 'err');
    t.match(reason, /accounts\.yaml:2:13: alice\.password: expected a password hash/);
    t.match(reason, /accounts\.yaml:3:3: alice\.shell: unknown key/);
    t.notMatch(reason, /wrong-word|sesame/);
    t.equal(await alice(), 'alice');
    t.equal(rejections(), 1, 'told once, although the log is a file in the same folder');
  });
  for (const [what, text, told] of [
    ['that is no YAML', 'alice: [\n', /accounts\.yaml:\d+:\d+: .*this is not YAML/],
    ['that is no map', '- alice\n', /accounts\.yaml:1:1: .*expected a map of accounts/],
    ['that is binary', Buffer.from([0xff, 0xfe, 0, 1]).toString('latin1'), /accounts\.yaml:1:\d+: /],
  ] as const) {
    t.test(`one ${what} changes nothing`, async (t) => {
      const before = rejections();
      const rejected = isNext('accounts.rejected');
      replaceFile(daemon, 'accounts.yaml', text);
      t.match((await rejected)['reason'], told);
      t.equal(await alice(), 'alice');
      t.equal(rejections(), before + 1);
    });
  }
  t.test('an empty one has no accounts', async (t) => {
    const emptied = isNext('accounts.loaded');
    replaceFile(daemon, 'accounts.yaml', '');
    t.match(await emptied, { accounts: 0 });
    t.equal(await alice(), 'no');
    const filled = isNext('accounts.loaded');
    replaceFile(daemon, 'accounts.yaml', await accountsOf({ alice: 'sesame' }));
    await filled;
    t.equal(await alice(), 'alice');
  });
  t.test('one that is gone locks nobody out', async (t) => {
    fs.rmSync(join(daemon.folder, 'accounts.yaml'));
    t.match(await isNext('accounts.rejected'), { reason: `there is no file ${join(daemon.folder, 'accounts.yaml')}` });
    t.equal(await alice(), 'alice');
    t.test('not even when the registry has to be replaced', async (t) => {
      const ended = isNext('worker.exit');
      process.kill(registryPid(daemon), 'SIGKILL');
      await ended;
      t.equal(await alice(), 'alice');
    });
  });
  t.test('and the next good one counts', async (t) => {
    const loaded = isNext('accounts.loaded');
    daemon.put('accounts.yaml', await accountsOf({ erin: 'sesame' }));
    t.match(await loaded, { accounts: 1 });
    t.equal(await logInOnce(port, 'erin', 'sesame'), 'erin');
    t.equal(await alice(), 'no');
  });
  t.test('a reload or an upgrade with a broken one is refused', async (t) => {
    daemon.put('accounts.yaml', 'erin: { password: wrong-word }\n');
    const reload = await daemon.command('reload');
    t.equal(reload.code, 78);
    t.match(reload.stderr, /accounts\.yaml:1:19: erin\.password: expected a password hash/);
    t.notMatch(reload.stderr, /wrong-word/);
    t.equal(await logInOnce(port, 'erin', 'sesame'), 'erin');
    const check = await daemon.command('check');
    t.equal(check.code, 78);
    t.notMatch(check.stderr + check.stdout, /wrong-word/);
  });
  t.ok(noneTells(daemon.lines, secrets));
});

t.test('accounts of other programs', async (t) => {
  const programs = needPrograms(t, 'htpasswd', 'openssl');
  if (programs === null) return;
  const { htpasswd, openssl } = programs;
  const entry = async (...args: string[]): Promise<string> =>
    (
      await runPeer(t, [htpasswd, '-nb', ...args, args[0] === '-B' ? 'bcrypt' : `sha${args[0]}`, 'sesame'])
    ).stdout.trim();
  const sha512 = (await runPeer(t, [openssl, 'passwd', '-6', '-salt', 'saltsalt', 'sesame'])).stdout.trim();
  const made = [await entry('-B', '-C', '4'), await entry('-5'), await entry('-2'), `openssl:${sha512}`];
  t.match(made, [/^bcrypt:\$2y\$04\$/, /^sha-5:\$6\$/, /^sha-2:\$5\$/, /^openssl:\$6\$/]);
  const daemon = await startDaemon(
    t,
    `accounts: [./accounts.yaml, { htpasswd: ./old-users }]
services: { login: ${login} }
`,
    {
      files: {
        ...files,
        'accounts.yaml': await accountsOf({ alice: 'sesame', 'sha-2': 'other' }),
        'old-users': `# made long ago\n${made.join('\n')}\n`,
      },
    },
  );
  const visitor = await greet(t, await daemon.port('login'));
  for (const name of ['bcrypt', 'sha-5', 'openssl', 'alice']) {
    t.equal(await visitor.logIn(name, 'sesame'), name);
    t.equal(await visitor.logIn(name, 'wrong-word'), 'no');
  }
  t.equal(await visitor.logIn('sha-2', 'sesame'), 'no', 'the first file that knows a name counts');
  t.equal(await visitor.logIn('sha-2', 'other'), 'sha-2');
  const loaded = daemon.nextLine(({ event }) => event === 'accounts.loaded');
  const added = await runPeer(t, [htpasswd, '-bB', '-C', '4', join(daemon.folder, 'old-users'), 'new', 'sesame']);
  t.equal(added.code, 0);
  await loaded;
  t.equal(await visitor.logIn('new', 'sesame'), 'new', 'htpasswd is not followed by a reload');
  const rejected = daemon.nextLine(({ event }) => event === 'accounts.rejected');
  fs.appendFileSync(join(daemon.folder, 'old-users'), 'broken:wrong-word\n');
  t.match((await rejected)['reason'], /old-users:7:1: "broken": expected a password hash/);
  t.equal(await visitor.logIn('new', 'sesame'), 'new');
  t.ok(noneTells(daemon.lines, ['sesame', 'wrong-word', ...made.map((line) => line.slice(line.indexOf(':') + 1))]));
});

for (const [kind, accounts] of [
  ['a file', './accounts.yaml'],
  ['a database', '{ sqlite: ./accounts.db }'],
] as const) {
  t.test(`portico user, with ${kind} that is not there yet`, async (t) => {
    const daemon = await startDaemon(t, `accounts: ${accounts}\nservices: { login: ${login} }\n`, { files });
    // What is made there is the folder's owner's, and has to be read by the registry.
    if (nobody !== null && isRoot) fs.chownSync(daemon.folder, nobody.uid, nobody.gid);
    const visitor = await greet(t, await daemon.port('login'));
    /** Runs the command, and resolves when it counts: a database is asked at each login, a file is read again. */
    const user = async (password: string, ...args: string[]): Promise<void> => {
      const loaded = kind === 'a file' ? daemon.nextLine(({ event }) => event === 'accounts.loaded') : null;
      const outcome = await runPortico(['user', ...args, '-c', daemon.file], { input: `${password}\n` });
      t.match(outcome, { code: 0, stderr: '' }, args.join(' '));
      await loaded;
    };
    t.equal(await visitor.logIn('alice', 'sesame'), 'no');
    await user('sesame', 'add', 'alice');
    t.equal(await visitor.logIn('alice', 'sesame'), 'alice');
    t.equal(await visitor.logIn('alice', 'wrong-word'), 'no');
    await user('open', 'password', 'alice');
    t.equal(await visitor.logIn('alice', 'sesame'), 'no');
    t.equal(await visitor.logIn('alice', 'open'), 'alice');
    await user('', 'remove', 'alice');
    t.equal(await visitor.logIn('alice', 'open'), 'no');
    await user('sesame', 'add', 'bob');
    t.equal(await visitor.logIn('bob', 'sesame'), 'bob');
    t.ok(noneTells(daemon.lines, secrets));
  });
}

t.test('a database that the registry may not read', { skip: isRoot ? false : 'needs root' }, async (t) => {
  const daemon = await startDaemon(t, `accounts: { sqlite: ./accounts.db }\nservices: { login: ${strict} }\n`, {
    files: { 'strict.ts': loginModule.replace(/\.catch\(.*?\);\n/, ';\n'), 'accounts.db': '' },
  });
  const { severity, reason } = await daemon.line(({ event }) => event === 'accounts.rejected');
  t.equal(severity, 'warning');
  t.match(reason, /accounts\.db: cannot be used: expected accounts, found layout 0$/);
  fs.chmodSync(join(daemon.folder, 'accounts.db'), 0o600);
  const visitor = await greet(t, await daemon.port('login'));
  t.rejects(visitor.logIn('alice', 'sesame'));
  const { error, service, stack } = await daemon.line(({ event }) => event === 'service.error');
  t.equal(service, 'login');
  t.equal(stack, undefined);
  t.match(
    error,
    /^logins cannot be checked just now: accounts cannot be asked: \S+\/accounts\.db: .*permission denied/,
  );
  t.equal(daemon.lines.filter(({ event }) => event === 'auth.failed').length, 0, 'it says nothing about the password');
});

t.test('the registry may end at any moment', async (t) => {
  const daemon = await startDaemon(t, `accounts: ./accounts.yaml\nservices: { login: ${login} }\n`, {
    files: { ...files, 'accounts.yaml': await accountsOf({ alice: 'sesame' }) },
  });
  const port = await daemon.port('login');
  const visitors = await Promise.all(Array.from({ length: 8 }, () => greet(t, port)));
  const logInAll = (): Promise<string[]> => Promise.all(visitors.map((visitor) => visitor.logIn('alice', 'sesame')));
  const everybody = visitors.map(() => 'alice');

  t.test('kill -9: who waits for an answer gets it from the next one', async (t) => {
    const [first, ...others] = visitors.map((visitor) => visitor.logIn('alice', 'sesame'));
    t.equal(await first, 'alice');
    process.kill(registryPid(daemon), 'SIGKILL');
    t.same(await Promise.all(others), everybody.slice(1));
    t.match(await daemon.line(({ event }) => event === 'worker.exit'), { pool: '@registry', exit: 'SIGKILL' });
    t.same(await logInAll(), everybody);
  });
  t.test('a reload that replaces it costs no login', async (t) => {
    const before = registryPid(daemon);
    const config = `daemon: { journal: none }\naccounts: ./accounts.yaml\nservices: { login: ${login} }\n`;
    const [answers] = await Promise.all([logInAll(), daemon.change(config)]);
    t.same(answers, everybody);
    t.not(registryPid(daemon), before);
    t.same(await logInAll(), everybody, 'nor one of a session that began before');
  });
  t.test('neither does an upgrade', async (t) => {
    const upgraded = daemon.nextLine(({ event }) => event === 'config.loaded');
    const answers = logInAll();
    daemon.signal('SIGUSR2');
    await upgraded;
    t.same(await answers, everybody);
    t.same(await logInAll(), everybody);
    t.equal(await logInOnce(port, 'alice', 'sesame'), 'alice');
  });
  t.test('nor the end: who is still there can log in', async (t) => {
    const stopping = daemon.line(({ event }) => event === 'daemon.stop');
    daemon.signal('SIGTERM');
    await stopping;
    t.same(await logInAll(), everybody);
    for (const { peer } of visitors) peer.end();
    t.same(await daemon.exited, { code: 0, signal: null });
  });
});

t.test('a worker that is killed while somebody logs in costs that login only', async (t) => {
  const daemon = await startDaemon(t, `accounts: ./accounts.yaml\nservices: { login: ${login} }\n`, {
    files: { ...files, 'accounts.yaml': await accountsOf({ alice: 'sesame' }) },
  });
  const port = await daemon.port('login');
  const cut = await dial(port);
  await cut.write('alice sesame\n');
  await daemon.line(({ event }) => event === 'session.start');
  process.kill(await daemon.workerPid(), 'SIGKILL');
  t.equal((await cut.rest()).toString(), '');
  t.equal(await logInOnce(port, 'alice', 'sesame'), 'alice');
});
