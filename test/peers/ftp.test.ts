import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { accountsOf } from '../daemon/logins.ts';
import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { makeFolder, needProgram, needPrograms, runPeer } from '../support/peers.ts';

const config = (more = ''): string => `accounts: ./accounts.yaml
logging: { outputs: [{ console: json }] }
certificates: { local: { self_signed: [localhost, 127.0.0.1] } }
services:
  ftp:
    listen: tcp://127.0.0.1:0
    root: ./files
    anonymous: { root: ./files }
    tls: { certificate: local }
${more}`;

interface Stage {
  readonly daemon: TestDaemon;
  readonly port: number;
  /** What the service shows. */
  readonly root: string;
  /** The peers' own. */
  readonly local: string;
  put(name: string, bytes: string | Buffer): void;
}

async function setUp(t: Test, more = ''): Promise<Stage> {
  const daemon = await startDaemon(t, config(more), {
    files: { 'accounts.yaml': await accountsOf({ alice: 'sesame' }) },
  });
  const root = join(daemon.folder, 'files');
  fs.mkdirSync(root, { recursive: true });
  fs.chmodSync(root, 0o777);
  return {
    daemon,
    port: await daemon.port('ftp'),
    root,
    local: makeFolder(t),
    put(name, bytes) {
      fs.mkdirSync(join(root, name, '..'), { recursive: true });
      fs.writeFileSync(join(root, name), bytes);
      fs.chmodSync(join(root, name, '..'), 0o777);
    },
  };
}

/** A folder's files by their paths, with a hash of each. */
function contents(folder: string): Record<string, string> {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const hashed = entries.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path.slice(folder.length + 1), createHash('sha256').update(fs.readFileSync(path)).digest('hex')] as const;
  });
  return Object.fromEntries(hashed.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const tree = {
  'a.txt': 'one\ntwo\n',
  empty: '',
  'b c/é.bin': randomBytes(300_000),
  'b c/d/e.txt': 'e',
  '.hidden': 'h',
} as const;

function plant(folder: string): void {
  for (const [name, bytes] of Object.entries(tree)) {
    fs.mkdirSync(join(folder, name, '..'), { recursive: true });
    fs.writeFileSync(join(folder, name), bytes);
  }
}

t.test('curl', async (t) => {
  const curl = needProgram(t, 'curl');
  if (curl === null) return;
  const { port, root, local, put } = await setUp(t);
  const url = `ftp://127.0.0.1:${port}`;
  const run = (...args: readonly string[]) => runPeer(t, [curl, '-sS', '-u', 'alice:sesame', ...args]);
  put('a.txt', 'one\ntwo\n');
  put('sub dir/b.txt', 'b');

  t.match(await run(`${url}/`), { code: 0, stdout: /a\.txt\r?\n.*sub dir\r?\n$/ });
  t.same((await run('-l', `${url}/`)).stdout.split(/\r?\n/), ['a.txt', 'sub dir', '']);
  t.match(await run(`${url}/a.txt`), { code: 0, stdout: 'one\ntwo\n' });
  t.match(await run(`${url}/sub%20dir/b.txt`), { code: 0, stdout: 'b' });
  t.match(await run('-B', `${url}/a.txt`), { code: 0, stdout: /^one\r?\ntwo\r?\n$/ });
  t.match(await run('-C', '4', `${url}/a.txt`), { code: 0, stdout: 'two\n' });
  t.match(await run('-I', `${url}/a.txt`), { code: 0, stdout: /^Last-Modified: [^\n]*\nContent-Length: 8\r?\n/ });
  t.match(await run('--disable-epsv', `${url}/a.txt`), { code: 0, stdout: 'one\ntwo\n' }, 'PASV');
  t.match(await run('-P', '-', `${url}/a.txt`), { code: 0, stdout: 'one\ntwo\n' }, 'EPRT');
  t.match(await run('--disable-eprt', '-P', '-', `${url}/a.txt`), { code: 0, stdout: 'one\ntwo\n' }, 'PORT');
  t.match(await run('--ftp-method', 'nocwd', `${url}/sub%20dir/b.txt`), { code: 0, stdout: 'b' });
  t.match(await run(`${url}/a.txt`, `${url}/sub%20dir/b.txt`, `${url}/a.txt`), {
    code: 0,
    stdout: 'one\ntwo\nbone\ntwo\n',
  });
  t.equal((await run(`${url}/none.txt`)).code, 78);
  t.equal((await runPeer(t, [curl, '-sS', '-u', 'alice:wrong', `${url}/`])).code, 67);
  t.match(await runPeer(t, [curl, '-sS', `${url}/a.txt`]), { code: 0, stdout: 'one\ntwo\n' }, 'anonymous');

  fs.writeFileSync(join(local, 'up.txt'), '0123456789');
  t.equal((await run('-T', join(local, 'up.txt'), `${url}/new/deep/`, '--ftp-create-dirs')).code, 0);
  t.equal(fs.readFileSync(join(root, 'new/deep/up.txt'), 'utf8'), '0123456789');
  t.equal((await run('-a', '-T', join(local, 'up.txt'), `${url}/new/deep/`)).code, 0);
  t.equal(fs.readFileSync(join(root, 'new/deep/up.txt'), 'utf8'), '01234567890123456789');
  fs.writeFileSync(join(root, 'new/deep/up.txt'), '01234');
  t.equal((await run('-C', '-', '-T', join(local, 'up.txt'), `${url}/new/deep/`)).code, 0);
  t.equal(fs.readFileSync(join(root, 'new/deep/up.txt'), 'utf8'), '0123456789', 'resumed');
  t.equal((await run('-Q', 'DELE new/deep/up.txt', `${url}/`)).code, 0);
  t.equal((await run('-Q', '-RNFR a.txt', '-Q', '-RNTO z.txt', `${url}/`)).code, 0);
  t.ok(fs.existsSync(join(root, 'z.txt')));
});

t.test('lftp mirrors both ways', async (t) => {
  const lftp = needProgram(t, 'lftp');
  if (lftp === null) return;
  const { port, root, local } = await setUp(t);
  const source = join(local, 'source');
  plant(source);
  const run = (commands: string) =>
    runPeer(t, [
      lftp,
      '-c',
      `set ftp:ssl-allow no; set net:max-retries 1; set cmd:fail-exit yes; open -u alice,sesame -p ${port} 127.0.0.1; ${commands}`,
    ]);
  t.match(await run(`mirror -R ${source} up`), { code: 0 });
  t.same(contents(join(root, 'up')), contents(source));
  t.match(await run(`mirror up ${local}/down`), { code: 0 });
  t.same(contents(join(local, 'down')), contents(source));
  // Times are kept, so that a second run finds nothing to do.
  t.match(await run(`mirror -v up ${local}/down`), { code: 0, stdout: /^(?!.*New:)/s });
  fs.writeFileSync(join(source, 'new.txt'), 'new');
  fs.rmSync(join(source, 'b c'), { recursive: true });
  t.match(await run(`mirror -R -e --parallel=3 ${source} up`), { code: 0 });
  t.same(contents(join(root, 'up')), contents(source), 'what is gone is deleted');
  t.match(await run('cls -l up; find up; du up; glob echo up/*.txt'), { code: 0, stdout: /up\/a\.txt up\/new\.txt/ });
  t.match(await run('mv up/new.txt up/other.txt; chmod 600 up/other.txt; rm -r up'), { code: 0 });
  t.same(contents(root), {});
});

t.test('ncftp', async (t) => {
  const programs = needPrograms(t, 'ncftpput', 'ncftpget', 'ncftpls');
  if (programs === null) return;
  const { port, root, local } = await setUp(t);
  plant(join(local, 'source'));
  const login = ['-u', 'alice', '-p', 'sesame', '-P', String(port)] as const;
  const put = await runPeer(t, [programs.ncftpput, '-V', '-R', ...login, '127.0.0.1', '/', join(local, 'source')]);
  t.equal(put.code, 0, put.stderr);
  t.same(contents(join(root, 'source')), contents(join(local, 'source')));
  fs.mkdirSync(join(local, 'down'));
  const get = await runPeer(t, [programs.ncftpget, '-V', '-R', ...login, '127.0.0.1', join(local, 'down'), '/source']);
  t.equal(get.code, 0, get.stderr);
  t.same(contents(join(local, 'down/source')), contents(join(local, 'source')));
  const list = await runPeer(t, [programs.ncftpls, ...login, '-l', `ftp://127.0.0.1/source/`]);
  t.match(list, { code: 0, stdout: /a\.txt/ });
});

t.test('tnftp', async (t) => {
  const tnftp = needProgram(t, 'tnftp');
  if (tnftp === null) return;
  const { port, root, local, put } = await setUp(t);
  put('a.txt', 'one\ntwo\n');
  put('b.txt', 'b\n');
  put('sub/c.txt', 'c\n');
  fs.writeFileSync(join(local, 'up.bin'), randomBytes(100_000));
  const input = [
    'user alice sesame',
    'prompt',
    'pwd',
    'ls',
    'nlist',
    'mlsd',
    'ascii',
    'get a.txt ascii.txt',
    'binary',
    'mget *.txt',
    'put up.bin',
    'append up.bin up.bin',
    'cd sub',
    'get c.txt',
    'rename c.txt d.txt',
    'mkdir new',
    'rmdir new',
    'size d.txt',
    'modtime d.txt',
    'site help',
    'system',
    'rstatus',
    'remotehelp',
    'sunique',
    'put up.bin d.txt',
    'quit',
    '',
  ].join('\n');
  const { stdout } = await runPeer(t, [tnftp, '-n', '-v', '127.0.0.1', String(port)], { cwd: local, input });
  t.notMatch(stdout, /^[45]\d\d /m);
  t.equal(fs.readFileSync(join(local, 'ascii.txt'), 'utf8'), 'one\ntwo\n');
  t.equal(fs.readFileSync(join(local, 'b.txt'), 'utf8'), 'b\n');
  t.equal(fs.readFileSync(join(local, 'c.txt'), 'utf8'), 'c\n');
  t.equal(fs.statSync(join(root, 'up.bin')).size, 200_000);
  t.ok(fs.existsSync(join(root, 'sub/d.txt')));
  t.match(stdout, /FILE: d\.txt\.1/);
});

t.test('wget', async (t) => {
  const wget = needProgram(t, 'wget');
  if (wget === null) return;
  const { port, root, local } = await setUp(t);
  plant(root);
  const run = (...args: readonly string[]) =>
    runPeer(t, [wget, '-nv', '--user=alice', '--password=sesame', ...args], { cwd: local });
  const got = await run('-r', '-nH', `ftp://127.0.0.1:${port}/`);
  t.equal(got.code, 0, got.stderr);
  t.same(contents(local), contents(root));
  fs.truncateSync(join(local, 'b c/é.bin'), 1000);
  const url = `ftp://127.0.0.1:${port}/b%20c/%C3%A9.bin`;
  t.equal((await run('-c', '-O', join(local, 'b c/é.bin'), url)).code, 0);
  t.same(contents(local), contents(root), 'resumed');
});

t.test("python3's ftplib", async (t) => {
  const python = needProgram(t, 'python3');
  if (python === null) return;
  const { port, root } = await setUp(t);
  plant(root);
  const program = `
import ftplib, io, sys
f = ftplib.FTP()
f.connect('127.0.0.1', int(sys.argv[1]))
f.login('alice', 'sesame')
print(sorted(name for name, facts in f.mlsd() if facts['type'] in ('file', 'dir')))
print(f.nlst('b c'))
lines = []
f.retrlines('RETR a.txt', lines.append)
print(lines)
f.storlines('STOR lines.txt', io.BytesIO(b'x\\r\\ny\\n'))
f.storbinary('STOR rest.bin', io.BytesIO(b'0123'))
f.storbinary('STOR rest.bin', io.BytesIO(b'--'), rest=2)
data = io.BytesIO()
f.retrbinary('RETR rest.bin', data.write, rest=1)
print(data.getvalue())
print(f.size('rest.bin'), f.mkd('q"q'), f.cwd('q"q'), f.pwd())
f.cwd('..')
# An upload that is given up: the LF of ABOR is urgent data.
conn = f.transfercmd('STOR aborted')
conn.sendall(b'x')
print(f.abort())
conn.close()
print(f.voidcmd('NOOP'))
f.set_pasv(False)
print(f.nlst('q"q'), f.rmd('q"q'))
for command in ('RETR none', 'CWD none', 'DELE none'):
    try: f.sendcmd(command)
    except (ftplib.error_perm, ftplib.error_temp) as error: print(str(error)[:3])
print(f.quit())
`;
  const { code, stdout, stderr } = await runPeer(t, [python, '-c', program, String(port)]);
  t.equal(code, 0, stderr);
  t.same(stdout.trimEnd().split('\n'), [
    "['.hidden', 'a.txt', 'b c', 'empty']",
    "['b c/d', 'b c/é.bin']",
    "['one', 'two']",
    "b'1--'",
    '4 /q"q 250 "/q""q" is where you are /q"q',
    '426 The transfer is given up',
    '226 It is given up',
    '[] 250 Done',
    '425',
    '550',
    '550',
    '221 Bye',
  ]);
  t.equal(fs.readFileSync(join(root, 'lines.txt'), 'utf8'), 'x\ny\n');
  t.notOk(fs.existsSync(join(root, 'aborted')));
});

t.test('256 MiB, both ways', async (t) => {
  const curl = needProgram(t, 'curl');
  if (curl === null) return;
  const { port, root, local, daemon } = await setUp(t);
  const source = join(local, 'large');
  const chunk = randomBytes(1 << 20);
  const descriptor = fs.openSync(source, 'w');
  for (let number = 0; number < 256; number += 1) {
    chunk.writeUInt32LE(number);
    fs.writeSync(descriptor, chunk);
  }
  fs.closeSync(descriptor);
  const run = (...args: readonly string[]) => runPeer(t, [curl, '-sS', '-u', 'alice:sesame', ...args]);
  t.equal((await run('-T', source, `ftp://127.0.0.1:${port}/large`)).code, 0);
  t.equal((await run('-o', join(local, 'back'), `ftp://127.0.0.1:${port}/large`)).code, 0);
  const hashes = [source, join(root, 'large'), join(local, 'back')].map((path) =>
    createHash('sha256').update(fs.readFileSync(path)).digest('hex'),
  );
  t.equal(new Set(hashes).size, 1);
  t.match(await daemon.line(({ event }) => event === 'item.received'), {
    name: 'large',
    size: 268_435_456,
    account: 'alice',
  });
});
