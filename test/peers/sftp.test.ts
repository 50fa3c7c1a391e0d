import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';

import SftpClient from 'ssh2-sftp-client';
import t, { type Test } from 'tap';

import { accountsOf } from '../daemon/logins.ts';
import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { makeFolder, needProgram, needPrograms, runPeer, startPeer, wantProgram } from '../support/peers.ts';

const password = 'sesame';

interface Scene {
  readonly daemon: TestDaemon;
  readonly port: number;
  /** alice's "/". */
  readonly home: string;
  /** What the peers have. */
  readonly folder: string;
  /** Options of OpenSSH's programs: the key is alice's, hosts are taken as they come. */
  readonly options: readonly string[];
  readonly keygen: string;
  wipe(): void;
}

/** 1 MiB and some more, of which no two parts are the same. */
const large = Buffer.from(Uint32Array.from({ length: 300_007 }, (_, index) => Math.imul(index, 2_654_435_761)).buffer);

t.test('programs that bring and fetch files by SSH', async (t) => {
  const scene = await setScene(t);
  if (scene === null) return;
  const { daemon, port, home, folder, options } = scene;
  const names = (): string[] =>
    readdirSync(home)
      .filter((name) => !name.startsWith('.'))
      .sort();

  await t.test('sftp of OpenSSH, with a key', async (t) => {
    const sftp = needProgram(t, 'sftp');
    if (sftp === null) return;
    const batch = async (...lines: string[]) => {
      const given = { input: `${lines.join('\n')}\n`, cwd: folder };
      return runPeer(t, [sftp, '-q', ...options, '-P', String(port), '-b', '-', 'alice@127.0.0.1'], given);
    };
    writeFileSync(join(folder, 'part'), large.subarray(0, 100_000));
    const done = await batch(
      'mkdir a',
      'put -fp large a/large',
      'get -p a/large back',
      'put part resumed',
      'reput large resumed',
      'chmod 600 resumed',
      'rename resumed "a/with a space"',
      'ls -l a',
      'df',
      'ls a',
    );
    t.equal(done.code, 0, done.stderr);
    t.match(done.stdout, /-rw------- +1 .* 1200028 .* with a space/);
    for (const name of ['back', 'a/large', 'a/with a space']) {
      const path = name === 'back' ? join(folder, name) : join(home, name);
      t.ok(readFileSync(path).equals(large), name);
    }
    t.equal(Math.floor(statSync(join(home, 'a/large')).mtimeMs / 1000), 1_000_000_000, 'its time too');
    t.match(await batch('-ln -s x y', '-get none', 'rm a/*', 'rmdir a', 'ls'), {
      code: 0,
      stderr: /Operation unsupported|not found|No such file/,
    });
    t.same(names(), []);
  });

  await t.test('sftp of OpenSSH, with a new key for every megabyte', async (t) => {
    const sftp = needProgram(t, 'sftp');
    if (sftp === null) return;
    const given = { input: 'put large\nget large back\n', cwd: folder };
    const rekey = ['-o', 'RekeyLimit=256K'];
    const done = await runPeer(
      t,
      [sftp, '-q', ...rekey, ...options, '-P', String(port), '-b', '-', 'alice@127.0.0.1'],
      given,
    );
    t.equal(done.code, 0, done.stderr);
    t.ok(readFileSync(join(folder, 'back')).equals(large));
    scene.wipe();
  });

  await t.test('sftp of OpenSSH, within TLS', async (t) => {
    const programs = needPrograms(t, 'sftp', 'openssl');
    if (programs === null) return;
    const proxy = `ProxyCommand=${programs.openssl} s_client -quiet -connect 127.0.0.1:${await daemon.port('secure')}`;
    const given = { input: 'put large\nget large back\n', cwd: folder };
    const done = await runPeer(t, [programs.sftp, '-q', ...options, '-o', proxy, '-b', '-', 'alice@127.0.0.1'], given);
    t.equal(done.code, 0, done.stderr);
    t.ok(readFileSync(join(folder, 'back')).equals(large));
    scene.wipe();
  });

  await t.test('scp', async (t) => {
    const scp = needProgram(t, 'scp');
    if (scp === null) return;
    const run = (...args: string[]) =>
      runPeer(t, [scp, '-q', ...options, '-P', String(port), ...args], { cwd: folder });
    t.match(await run('large', 'alice@127.0.0.1:/copy'), { code: 0 });
    t.match(await run('alice@127.0.0.1:/copy', 'back'), { code: 0 });
    t.ok(readFileSync(join(folder, 'back')).equals(large));
    scene.wipe();
    // The protocol of old ones.
    t.match(await run('-O', '-p', 'large', 'alice@127.0.0.1:/old'), { code: 0, stderr: '' });
    t.equal(statSync(join(home, 'old')).mtimeMs, 1_000_000_000_000);
    t.match(await run('-O', '-p', 'alice@127.0.0.1:/old', 'back'), { code: 0, stderr: '' });
    t.ok(readFileSync(join(folder, 'back')).equals(large));
    t.match(await run('-O', '-r', 'files', 'alice@127.0.0.1:/new'), { code: 0, stderr: '' });
    t.match(await run('-O', '-r', 'files', 'part', 'alice@127.0.0.1:/new'), { code: 0, stderr: '' });
    t.match(await run('-O', '-r', 'alice@127.0.0.1:/new', 'fetched'), { code: 0, stderr: '' });
    t.same(readdirSync(join(folder, 'fetched/files')).sort(), readdirSync(join(folder, 'files')).sort());
    t.ok(readFileSync(join(folder, 'fetched/part')).equals(large.subarray(0, 100_000)));
    t.equal(readFileSync(join(folder, 'fetched/file 7'), 'utf8'), 'text 7');
    t.match(await run('-O', 'alice@127.0.0.1:/none', 'back'), { code: 1, stderr: /there is none of that name/ });
    t.match(await run('-O', 'alice@127.0.0.1:/new', 'back'), { code: 1, stderr: /that is a folder/ });
    t.match(await run('-O', 'large', 'part', 'alice@127.0.0.1:/nowhere'), { code: 1, stderr: /that is no folder/ });
    t.match(await run('-O', 'large', 'alice@127.0.0.1:/no/where'), { code: 1, stderr: /there is none of that name/ });
    t.same(names(), ['new', 'old']);
    scene.wipe();
  });

  await t.test('ssh', async (t) => {
    const ssh = needProgram(t, 'ssh');
    if (ssh === null) return;
    for (const command of [['id'], []]) {
      const done = await runPeer(t, [ssh, '-q', ...options, '-p', String(port), 'alice@127.0.0.1', ...command]);
      t.match(done, { code: 1, stderr: 'This server speaks SFTP only.\r\n', stdout: '' });
    }
  });

  await t.test('sshfs', async (t) => {
    const programs = needPrograms(t, 'sshfs', 'fusermount3');
    if (programs === null) return;
    if (!existsSync('/dev/fuse')) return t.plan(0, 'there is no /dev/fuse');
    const mounted = makeFolder(t);
    const key = options.flatMap((option, index) => (options[index - 1] === '-o' ? ['-o', option] : []));
    const mount = startPeer(t, [
      programs.sshfs,
      '-f',
      '-p',
      String(port),
      ...key,
      '-o',
      `IdentityFile=${join(folder, 'id')}`,
      'alice@127.0.0.1:/',
      mounted,
    ]);
    const refused = mount.ended.then(() => true);
    while (statSync(mounted).dev === statSync(join(mounted, '..')).dev) {
      // As in a container that may not mount.
      if (await Promise.race([refused, runPeer(t, ['/bin/true']).then(() => false)]))
        return t.plan(0, 'sshfs may not mount here');
    }
    const script = `set -e; cd "$0"; echo one > a; echo two >> a; cat a; cp --preserve=mode,timestamps ${join(folder, 'large')} large
      cmp large ${join(folder, 'large')}; mv -f large a; stat -c '%s %Y' a; mkdir d; mv a d; rm -r d; ls | wc -l`;
    const done = await runPeer(t, ['/bin/sh', '-c', script, mounted]);
    await runPeer(t, [programs.fusermount3, '-u', mounted]);
    await mount.ended;
    scene.wipe();
    t.equal(done.stdout, 'one\ntwo\n1200028 1000000000\n0\n', done.stderr);
  });

  await t.test('curl', async (t) => {
    const curl = needProgram(t, 'curl');
    if (curl === null) return;
    const url = `sftp://127.0.0.1:${port}/by-curl`;
    const run = (...args: string[]) => runPeer(t, [curl, '-sSk', '-u', `alice:${password}`, ...args], { cwd: folder });
    t.match(await run('-T', 'part', url), { code: 0 });
    t.match(await run('-C', '100000', '-T', 'large', url), { code: 0 });
    t.ok((await run(url)).bytes.equals(large));
    t.match(await run('-Q', 'rm /by-curl', `sftp://127.0.0.1:${port}/`), { code: 0 });
    t.same(names(), []);
    t.match(await runPeer(t, [curl, '-sSk', '-u', 'alice:wrong', url]), { code: 67 });
  });

  await t.test('lftp', async (t) => {
    const lftp = needProgram(t, 'lftp');
    if (lftp === null) return;
    const script = `set sftp:auto-confirm yes; set sftp:connect-program "ssh -a -x -F /dev/null -o UserKnownHostsFile=/dev/null"
      open -u alice,${password} sftp://127.0.0.1:${port}; mkdir m; mirror -R files m/up; mirror m/up down; rm -r m; bye`;
    const source = join(folder, 'files');
    const done = await runPeer(t, [lftp, '-c', script], { cwd: folder });
    t.equal(done.code, 0, done.stderr);
    t.same(readdirSync(join(folder, 'down')).sort(), readdirSync(source).sort());
    t.same(names(), []);
  });

  await t.test('paramiko', async (t) => {
    const python = needProgram(t, 'python3');
    if (python === null) return;
    if ((await runPeer(t, [python, '-c', 'import paramiko'])).code !== 0) return t.plan(0, 'not installed: paramiko');
    const done = await runPeer(t, [python, '-', String(port), password, join(folder, 'large')], { input: paramiko });
    t.equal(done.stdout, '11 5 hello more True 3 True\n', done.stderr);
    t.same(names(), []);
  });

  await t.test('ssh2-sftp-client', async (t) => {
    const client = new SftpClient('test', { error() {}, end() {}, close() {} });
    const sock = net.connect({ host: '127.0.0.1', port, noDelay: true });
    await client.connect({ sock, username: 'alice', password, hostVerifier: () => true, readyTimeout: 20_000 });
    await client.mkdir('/a/b/c', true);
    t.ok(existsSync(join(home, 'a/b/c')));
    writeFileSync(join(home, 'a/large'), large);
    t.match(await client.lstat('/a/large'), { size: large.length, isFile: true });
    const parts: Buffer[] = [];
    for await (const part of client.createReadStream('/a/large')) parts.push(part as Buffer);
    t.ok(Buffer.concat(parts).equals(large));
    await client.rename('/a/large', '/moved');
    await client.delete('/moved', false);
    await client.end();
    scene.wipe();
  });

  await t.test('ssh-audit finds nothing', async (t) => {
    const audit = wantProgram(t, 'ssh-audit');
    if (audit === null) return;
    const { stdout } = await runPeer(t, [audit, '-n', '-p', String(port), '127.0.0.1']);
    // Debian 12's does not know what was made in its year.
    const flaws = stdout.split('\n').filter((line) => /\[(?:warn|fail)\]/.test(line) && !line.includes('kex-strict'));
    t.same(flaws, []);
    t.match(stdout, /ssh-ed25519/);
  });

  await t.test('has the same keys after a restart, and in all its workers', async (t) => {
    const scan = needProgram(t, 'ssh-keyscan');
    if (scan === null) return;
    const keys = async (): Promise<string[]> => {
      const { stdout } = await runPeer(t, [scan, '-p', String(port), '127.0.0.1']);
      return stdout.split('\n').filter(Boolean).sort();
    };
    const before = await keys();
    t.equal(before.length, 2);
    const pid = await daemon.workerPid();
    process.kill(pid, 'SIGKILL');
    await daemon.line((line) => line.event === 'worker.exit');
    t.same(await keys(), before);
  });

  await t.test('nothing is left of an upload when the worker is killed', async (t) => {
    const sftp = needProgram(t, 'sftp');
    if (sftp === null) return;
    const peer = startPeer(t, [sftp, '-q', ...options, '-P', String(port), '-l', '2000', 'alice@127.0.0.1'], {
      cwd: folder,
    });
    peer.write('put large killed\n');
    while (!existsSync(join(home, '.portico-incoming')) || readdirSync(join(home, '.portico-incoming')).length === 0) {
      await runPeer(t, ['/bin/true']);
    }
    process.kill(await daemon.workerPid(), 'SIGKILL');
    await peer.ended;
    t.same(names(), []);
    // The next one that comes sweeps.
    const again = { input: 'put part\nrm part\n', cwd: folder };
    const done = await runPeer(t, [sftp, '-q', ...options, '-P', String(port), '-b', '-', 'alice@127.0.0.1'], again);
    t.equal(done.code, 0, done.stderr);
    t.same(readdirSync(join(home, '.portico-incoming')), []);
  });

  await t.test('counts wrong passwords, and bans who guesses', async (t) => {
    const curl = needProgram(t, 'curl');
    if (curl === null) return;
    const strict = await daemon.port('strict');
    const login = async (given: string): Promise<number | null> =>
      (await runPeer(t, [curl, '-sSk', '-u', given, `sftp://127.0.0.1:${strict}/`])).code;
    t.equal(await login(`alice:${password}`), 0);
    t.equal(await login('alice:wrong'), 67);
    t.not(await login(`alice:${password}`), 0, 'even the right one');
    await daemon.line((line) => line.event === 'auth.failed' && line['service'] === 'strict');
  });
});

const set = ['IdentitiesOnly=yes', 'BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'];

const paramiko = `
import sys, paramiko
c = paramiko.SSHClient(); c.set_missing_host_key_policy(paramiko.AutoAddPolicy())
c.connect('127.0.0.1', int(sys.argv[1]), 'alice', sys.argv[2], allow_agent=False, look_for_keys=False)
s = c.open_sftp()
with s.open('/p', 'w+') as f:
    f.write('hello world'); size = f.stat().st_size; f.truncate(5)
first = s.stat('/p').st_size
with s.open('/p', 'a') as f: f.write(' more')
text = s.open('/p').read().decode()
large = open(sys.argv[3], 'rb').read()
s.put(sys.argv[3], '/large')
with s.open('/large') as f: f.prefetch(); same = f.read() == large
s.truncate('/p', 3); short = s.stat('/p').st_size
s.posix_rename('/p', '/large'); s.remove('/large')
print(size, first, text, same, short, s.normalize('x/../y') == '/y')
`;

async function setScene(t: Test): Promise<Scene | null> {
  const keygen = needProgram(t, 'ssh-keygen');
  if (keygen === null) return null;
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`file ${index}`, `text ${index}`]));
  const folder = makeFolder(t, {});
  const source = makeFolder(t, files);
  await runPeer(t, ['/bin/cp', '-r', source, join(folder, 'files')]);
  writeFileSync(join(folder, 'large'), large);
  writeFileSync(join(folder, 'part'), large.subarray(0, 100_000));
  await runPeer(t, ['/usr/bin/touch', '-d', '@1000000000', join(folder, 'large')]);
  await runPeer(t, [keygen, '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'id')]);
  const key = readFileSync(join(folder, 'id.pub'), 'utf8').trim();
  const accounts = await accountsOf({ alice: password });
  const daemon = await startDaemon(
    t,
    `accounts: ./accounts.yaml
certificates: { local: { self_signed: [localhost] } }
services:
  secure: { type: sftp, listen: tls://127.0.0.1:0, tls: { certificate: local } }
  files: { type: sftp, listen: tcp://127.0.0.1:0 }
  strict: { type: sftp, listen: tcp://127.0.0.1:0, limits: { auth_failures: 1/10m } }
`,
    { files: { 'accounts.yaml': accounts.replace('alice: {', `alice: { keys: ["${key}"],`) } },
  );
  const home = join(daemon.folder, 'var/home/alice');
  return {
    daemon,
    port: await daemon.port('files'),
    home,
    folder,
    keygen,
    options: ['-F', '/dev/null', '-i', join(folder, 'id'), ...set.flatMap((each) => ['-o', each])],
    wipe() {
      for (const name of readdirSync(home).filter((each) => !each.startsWith('.'))) {
        rmSync(join(home, name), { recursive: true });
      }
    },
  };
}
