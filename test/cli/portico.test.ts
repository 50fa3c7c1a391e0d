/** The executable itself, in processes of its own. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

import { folderOf, startFakeDaemon, status } from './fakes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = join(root, 'bin/portico.js');

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function call(args: readonly string[], program = process.execPath, cwd = root): Promise<Outcome> {
  const env = { ...process.env, PORTICO_CONFIG: '' };
  return new Promise((resolve) => {
    const child = execFile(program, [script, ...args], { cwd, env }, (error, out, err) => {
      resolve({ code: child.exitCode ?? (error === null ? 0 : -1), out, err });
    });
  });
}

t.test('--version is the one of the package', async (t) => {
  const { version } = JSON.parse(fs.readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  t.same(await call(['--version']), { code: 0, out: `portico ${version}\n`, err: '' });
});

t.test('--help', async (t) => {
  const { code, out, err } = await call(['--help']);
  t.equal(code, 0);
  t.match(out, /^Usage: portico COMMAND/);
  t.equal(err, '');
});

t.test('an unknown command is 64', async (t) => {
  const { code, out, err } = await call(['nonsense']);
  t.equal(code, 64);
  t.equal(out, '');
  t.equal(err, 'portico: unknown command "nonsense"\nTry "portico --help".\n');
});

t.test('starts through a symbolic link, as npm installs it', async (t) => {
  const link = join(folderOf(t), 'portico');
  fs.symlinkSync(script, link);
  const child = spawn(process.execPath, [link, '--version'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  t.match(text.toString(), /^portico \d/);
});

t.test('status and --follow talk to a daemon', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: status }));
  const { code, out, err } = await call(['status', '--json', '-c', daemon.file]);
  t.match(err, /^portico: the daemon that answers was started with .*\n$/);
  t.equal(code, 0);
  t.same(JSON.parse(out), status);
});

t.test('finds ./daemon.config.yaml', async (t) => {
  const daemon = await startFakeDaemon(t, () => ({ ok: true, value: status }));
  t.match(await call(['status'], process.execPath, daemon.folder), { code: 0, out: /^portico 0\.1\.0/ });
});

t.test('a reader that goes is no failure', async (t) => {
  const daemon = await startFakeDaemon(t, (_request, socket) => {
    const line = `${JSON.stringify({ event: 'start', session: { id: 'a', service: 'b', peer: 'c' } })}\n`;
    const write = (): void => void (socket.destroyed || socket.write(line, () => setImmediate(write)));
    write();
    return null;
  });
  const child = spawn(process.execPath, [script, 'sessions', '--follow', '--json', '-c', daemon.file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  child.stdout.once('data', () => child.stdout.destroy());
  const [code] = (await once(child, 'close')) as [number];
  t.equal(code, 0);
  t.equal(err, '');
});

t.test('output that is lost is one', { skip: fs.existsSync('/dev/full') ? false : 'no /dev/full' }, async (t) => {
  const full = fs.openSync('/dev/full', 'w');
  t.teardown(() => fs.closeSync(full));
  const child = spawn(process.execPath, [script, '--version'], { stdio: ['ignore', full, 'pipe'] });
  let err = '';
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  t.equal(code, 70);
  t.match(err, /^portico: cannot write to stdout: ENOSPC/);
});

t.test('mistakes of a real configuration', async (t) => {
  const folder = folderOf(t, { 'daemon.config.yaml': 'services:\n  echo:\n    listne: tcp://127.0.0.1:0\n' });
  const check = await call(['check'], process.execPath, folder);
  t.equal(check.code, 78);
  t.equal(check.out, '');
  t.match(check.err, /^daemon\.config\.yaml:3:5: services\.echo\.listne: .*"listen"/m);
  t.match(check.err, /^ > 3 \| {5}listne: tcp:\/\/127\.0\.0\.1:0$/m);
  const json = await call(['check', '--json'], process.execPath, folder);
  t.equal(json.code, 78);
  t.match(JSON.parse(json.out), { mistakes: [{ file: 'daemon.config.yaml' }] });
  const run = await call(['run'], process.execPath, folder);
  t.equal(run.code, 78);
  t.match(run.err, /daemon\.config\.yaml:3:5: services\.echo\.listne: /);
});

t.test('schema and services NAME', async (t) => {
  const schema = await call(['schema']);
  t.equal(schema.code, 0);
  t.match(JSON.parse(schema.out), { type: 'object' });
  t.match(await call(['services', 'echo']), { code: 0, out: /^echo \(stream, datagram\)/ });
});

const old = oldNode();
t.test('with an older Node', { skip: old === null ? 'there is none here' : false }, async (t) => {
  t.test('starts again with the one of the npm package', async (t) => {
    t.match(await call(['--version'], old ?? ''), { code: 0, out: /^portico \d/, err: '' });
    t.match(await call(['nonsense'], old ?? ''), { code: 64 });
  });

  t.test('says so where there is no newer one', async (t) => {
    const folder = folderOf(t, { 'package.json': '{"type":"module"}' });
    fs.mkdirSync(join(folder, 'bin'));
    fs.copyFileSync(script, join(folder, 'bin/portico.js'));
    const child = spawn(old ?? '', [join(folder, 'bin/portico.js'), '--version'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    t.equal(code, 70);
    t.match(err, /^portico: needs Node\.js 26 or later, this is v\d/);
    t.match(err, `This gets it: cd ${folder} && npm install node@26\n`);
  });
});

/** A Node on the path that is older than the one that is needed. */
function oldNode(): string | null {
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  const found = folders.map((folder) => join(folder, 'node')).find((file) => fs.existsSync(file));
  if (found === undefined) return null;
  const major = Number.parseInt(execFileSync(found, ['--version'], { encoding: 'utf8' }).slice(1), 10);
  return major < 26 ? found : null;
}

t.test('a signal that comes while the daemon loads, after an upgrade say, does not end it', async (t) => {
  const pipe = join(folderOf(t), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const child = spawn(process.execPath, [script, 'run', '-c', pipe], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  // Resolves when the daemon is about to read its configuration.
  const writing = await fs.promises.open(pipe, 'w');
  for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) child.kill(signal);
  await writing.writeFile('services: {}\n');
  await writing.close();
  t.same(await exited, [78, null]);
});
