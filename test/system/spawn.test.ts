import { spawn as nodeSpawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, fstatSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';

import type { Child, Command } from '../../src/contract/program.ts';
import { linux } from '../../src/system/constants.ts';
import { streamPair } from '../../src/system/descriptors.ts';
import { collectErrorOutput } from '../../src/system/error-output.ts';
import { libc } from '../../src/system/libc.ts';
import { spawnProgram } from '../../src/system/spawn.ts';
import { flagsOf } from './descriptor-flags.ts';

// The same dialogues with and without node:ffi.
if (libc !== null)
  t.spawn(
    process.execPath,
    [import.meta.filename],
    { env: { ...process.env, PORTICO_NO_FFI: '1' } },
    'without node:ffi',
  );

const path = '/usr/bin:/bin';
const ended = { status: 0, signal: null };

function command(script: string, more: Partial<Command> = {}): Command {
  return {
    path: '/bin/sh',
    argv: ['sh', '-c', script],
    env: { PATH: path },
    directory: '/',
    stdio: [null, 'pipe', null],
    ...more,
  };
}

/** tap has its hands in child_process. */
function isOfTap(variable: string): boolean {
  return /^(_?TAP|NODE_OPTIONS)/.test(variable);
}

async function outputOf(child: Child): Promise<string> {
  const output = await text(child.stdout!);
  t.strictSame(await child.exited, ended);
  return output;
}

t.test('a program gets its words, its variables and nothing else', async (t) => {
  const child = spawnProgram(
    command('', { path: '/bin/cat', argv: ['cat', '/proc/self/environ'], env: { PATH: path, NAME: 'Zoë = 1' } }),
  );
  const variables = (await outputOf(child)).split('\0').filter((line) => !isOfTap(line));
  t.strictSame(variables, [`PATH=${path}`, 'NAME=Zoë = 1', '']);
  const words = spawnProgram(command('', { path: '/bin/sh', argv: ['zero', '-c', 'echo "$0|$1|$2"', 'a b', '', 'ü'] }));
  t.equal(await outputOf(words), 'a b||ü\n');
});

t.test('argv[0] is what it was given', async (t) => {
  const child = spawnProgram(command('', { path: '/bin/cat', argv: ['kitten', '/proc/self/cmdline'] }));
  t.equal(await outputOf(child), 'kitten\0/proc/self/cmdline\0');
});

t.test('many long words are passed whole', async (t) => {
  const env: Record<string, string> = { PATH: path };
  for (let i = 0; i < 600; i++) env[`V${i}`] = 'ü'.repeat(100);
  const child = spawnProgram(command('env | grep -c ^V; echo "$V599"', { env }));
  t.equal(await outputOf(child), `600\n${'ü'.repeat(100)}\n`);
  t.equal(await outputOf(spawnProgram(command('echo small again'))), 'small again\n');
});

t.test('a name is looked for in the PATH of env', async (t) => {
  const folder = t.testdir({ first: { tool: 'not executable' }, second: {} });
  writeFileSync(join(folder, 'second/tool'), '#!/bin/sh\necho found $0\n', { mode: 0o755 });
  const env = { PATH: `relative::/nonexistent:${folder}/first:${folder}/second/:/bin` };
  const child = spawnProgram(command('', { path: 'tool', argv: ['tool'], env }));
  t.equal(await outputOf(child), `found ${folder}/second/tool\n`);
  t.equal(await outputOf(spawnProgram(command('', { path: 'echo', argv: ['echo', 'usual'], env: {} }))), 'usual\n');
});

t.test('signals are at their defaults and unblocked, the group is its own', async (t) => {
  process.on('SIGHUP', () => {});
  const child = spawnProgram(command('cat /proc/self/status; cat /proc/self/stat'));
  const output = await outputOf(child);
  process.removeAllListeners('SIGHUP');
  t.match(output, /^SigBlk:\t0000000000000000$/m);
  t.match(output, /^SigIgn:\t0000000000000000$/m);
  t.match(output, new RegExp(`\\(cat\\) R ${child.pid} ${child.pid} `), 'parent and group');
});

t.test('only 0, 1 and 2 are open', async (t) => {
  const holder = openSync('/dev/null', 'r');
  const child = spawnProgram(command('ls -l /proc/self/fd'));
  const output = (await outputOf(child)).split('\n').filter((line) => line.includes('->'));
  closeSync(holder);
  // Without node:ffi, what the test itself inherited is covered by /dev/null.
  const lines = output.filter((line) => libc !== null || !/ ([3-9]|\d\d+) -> \/dev\/null/.test(line));
  // The fourth is the folder that ls itself reads.
  t.match(
    lines.map((line) => line.replace(/^.* (\d+ -> )/, '$1')),
    ['0 -> /dev/null', /^1 -> (pipe|socket):/, '2 -> /dev/null', /^3 -> \/proc\/\d+\/fd$/],
  );
  t.equal(lines.length, 4);
});

t.test('what this process inherited itself does not go on', async (t) => {
  const inner = `
    const { spawnProgram } = await import(${JSON.stringify(import.meta.resolve('../../src/system/spawn.ts'))});
    const child = spawnProgram({ path: '/bin/sh', argv: ['sh', '-c', 'ls -l /proc/$$/fd'], env: {}, directory: '/', stdio: [null, 1, 2] });
    await child.exited;`;
  const file = openSync('/etc/passwd', 'r');
  const outer = nodeSpawn(process.execPath, ['--input-type=module', '-e', inner], {
    stdio: ['ignore', 'pipe', 2, 'ignore', file, file],
  });
  closeSync(file);
  const output = await text(outer.stdout!);
  t.match(output, /0 -> \/dev\/null/);
  t.notMatch(output, /passwd/);
});

t.test('runs in its folder with its mask and niceness, ours as before', async (t) => {
  const folder = t.testdir();
  const mask = process.umask();
  const more = { directory: folder, umask: 0o137, nice: 7, stdio: ['pipe', 'pipe', null] } as const;
  // The niceness is set from outside, just after the start.
  const child = spawnProgram(command('read line; pwd; umask; nice', more));
  child.stdin!.end('go\n');
  t.equal(process.umask(), mask);
  t.equal(await outputOf(child), `${folder}\n0137\n7\n`);
});

t.test('limits are set just after the start', { skip: libc === null ? 'needs node:ffi' : false }, async (t) => {
  const child = spawnProgram(
    command('read line; ulimit -n; ulimit -Hn', { limits: { files: 64 }, stdio: ['pipe', 'pipe', null] }),
  );
  child.stdin!.end('go\n');
  t.equal(await outputOf(child), '64\n64\n');
});

t.test(
  'limits without node:ffi are refused before anything starts',
  { skip: libc === null ? false : 'there is node:ffi' },
  async (t) => {
    t.throws(() => spawnProgram(command('exit', { limits: { files: 64 } })), {
      message: /^limiting a program's resources needs node:ffi/,
    });
  },
);

t.test('niceness that is not permitted', { skip: process.getuid!() === 0 ? 'root may' : false }, (t) => {
  t.throws(() => spawnProgram(command('sleep 60', { nice: -5 })), {
    message: 'start /bin/sh: niceness -5 is not permitted',
  });
  t.end();
});

t.test('stdin is written, stdout and stderr are read', async (t) => {
  const child = spawnProgram(command('cat; echo done >&2', { stdio: ['pipe', 'pipe', 'pipe'] }));
  const errors = text(child.stderr!);
  child.stdin!.end('x'.repeat(300_000));
  t.equal((await text(child.stdout!)).length, 300_000);
  t.equal(await errors, 'done\n');
  t.strictSame(await child.exited, ended);
});

t.test('descriptors of ours may stand in any order', async (t) => {
  const folder = t.testdir({ in: 'input' });
  const [input, output] = [openSync(join(folder, 'in'), 'r'), openSync(join(folder, 'out'), 'w')];
  await spawnProgram(command('cat; echo error >&2', { stdio: [input, output, output] })).exited;
  t.equal(readFileSync(join(folder, 'out'), 'utf8'), 'inputerror\n');
  await spawnProgram(command('echo to our error output 1>&2', { stdio: [2, 0, output] })).exited;
  t.equal(readFileSync(join(folder, 'out'), 'utf8'), 'inputerror\nto our error output\n');
  closeSync(input);
  closeSync(output);
});

t.test(
  'a descriptor is made blocking when it is asked',
  { skip: libc === null ? 'needs node:ffi' : false },
  async (t) => {
    const [here, there] = streamPair();
    await spawnProgram(command('exit 0', { stdio: [there, there, null] })).exited;
    t.equal(flagsOf(there) & 0o4000, 0o4000, 'non-blocking');
    await spawnProgram(command('exit 0', { stdio: [there, there, null], blocking: true })).exited;
    t.equal(flagsOf(there) & 0o4000, 0, 'blocking');
    t.equal(flagsOf(here) & 0o4000, 0o4000, 'the other end as before');
    closeSync(here);
    closeSync(there);
  },
);

t.test('tells status and signal', async (t) => {
  t.strictSame(await spawnProgram(command('exit 75')).exited, { status: 75, signal: null });
  t.strictSame(await spawnProgram(command('kill -KILL $$')).exited, { status: null, signal: 'SIGKILL' });
  t.strictSame(await spawnProgram(command('ulimit -c 0; kill -ABRT $$')).exited, { status: null, signal: 'SIGABRT' });
});

t.test('kill reaches the whole group, and nobody once it has ended', async (t) => {
  const child = spawnProgram(command('sleep 60 & echo started; wait'));
  const closed = once(child.stdout!, 'close');
  await once(child.stdout!, 'data');
  child.kill('SIGTERM');
  t.strictSame(await child.exited, { status: null, signal: 'SIGTERM' });
  await closed;
  t.pass('the one in the background holds stdout no more');
  child.kill('SIGKILL');
});

const failures: {
  readonly [title: string]: {
    readonly of: (folder: string) => Partial<Command>;
    readonly error: { code?: string; message?: string | RegExp };
  };
} = {
  'no such program': {
    of: () => ({ path: '/nonexistent/x' }),
    error: { code: 'ENOENT', message: 'start /nonexistent/x: no such file or directory (ENOENT)' },
  },
  'no such name': {
    of: () => ({ path: 'nonexistent-x' }),
    error: { code: 'ENOENT', message: /^start nonexistent-x: no such file/ },
  },
  'not executable': {
    of: (folder) => ({ path: `${folder}/plain` }),
    error: { code: 'EACCES', message: /plain: permission denied \(EACCES\)$/ },
  },
  'a folder': { of: (folder) => ({ path: folder }), error: { code: 'EACCES' } },
  'no such working folder': {
    of: () => ({ directory: '/nonexistent' }),
    error: { code: 'ENOENT', message: 'start /bin/sh: folder /nonexistent: no such file or directory (ENOENT)' },
  },
  'a relative path': { of: () => ({ path: './sh' }), error: { message: /^start ".\/sh": expected an absolute path/ } },
  'a NUL': { of: () => ({ env: { A: 'b\0c' } }), error: { message: /a NUL among its words/ } },
  'a name with =': { of: () => ({ env: { 'A=B': 'c' } }), error: { message: /"A=B" is no name for a variable/ } },
  'no argv': { of: () => ({ argv: [] }), error: { message: 'start /bin/sh: argv is empty' } },
};

for (const [title, { of, error }] of Object.entries(failures))
  t.test(`a failed start throws and leaves nothing open: ${title}`, (t) => {
    const folder = t.testdir({ plain: 'no program' });
    chmodSync(join(folder, 'plain'), 0o644);
    // So that what is opened once and kept is open already.
    spawnProgram(command('exit 0', { stdio: [null, null, null] }));
    const before = readdirSync('/proc/self/fd').length;
    const stdio = ['pipe', 'pipe', 'pipe'] as const;
    t.throws(() => spawnProgram(command('exit 0', { stdio, ...of(folder) })), error as Error);
    t.equal(readdirSync('/proc/self/fd').length, before);
    t.end();
  });

t.test('a missing interpreter is named as the reason', { skip: libc === null ? 'needs node:ffi' : false }, (t) => {
  const folder = t.testdir();
  writeFileSync(join(folder, 'script'), '#!/nonexistent/python\r\necho\r\n', { mode: 0o755 });
  t.throws(() => spawnProgram(command('', { path: `${folder}/script` })), {
    code: 'ENOENT',
    message: `start ${folder}/script: its interpreter "/nonexistent/python\\r": no such file or directory (ENOENT)`,
  });
  t.end();
});

t.test('a folder that is a file', (t) => {
  const folder = t.testdir({ file: '' });
  t.throws(() => spawnProgram(command('', { directory: `${folder}/file` })), {
    message: new RegExp(`start /bin/sh: ${folder}/file is not a folder`),
  });
  t.end();
});

t.test('onStderr has everything before the end is known', async (t) => {
  const started: [string, string][] = [
    ['exit 0', ''],
    ['echo one >&2', 'one\n'],
    ['echo one >&2; sleep 0.1; echo two >&2', 'one\ntwo\n'],
    ['head -c 60000 /dev/zero | tr "\\0" x >&2', 'x'.repeat(60_000)],
    ['head -c 600000 /dev/zero | tr "\\0" x >&2', 'x'.repeat(600_000)],
  ];
  for (const [script, expected] of started) {
    let output = '';
    const onStderr = (chunk: Buffer): void => void (output += chunk.toString());
    const child = spawnProgram(command(script, { stdio: [null, null, 'pipe'], onStderr }));
    t.equal(child.stderr, null);
    t.strictSame(await child.exited, ended);
    t.ok(output === expected, script);
  }
});

// A worker accepts connections all the time: the number of a descriptor that was closed is a peer's the next moment.
t.test('what has the number of a stderr that was closed is not read', { skip: libc === null }, async (t) => {
  if (libc === null) return;
  const ends = new Int32Array(2);
  libc.pipe2(ends, linux.O_CLOEXEC | linux.O_NONBLOCK);
  const [read = -1, write = -1] = ends;
  const taken: string[] = [];
  const output = collectErrorOutput(libc, read, (chunk) => taken.push(chunk.toString()));
  closeSync(write);
  while (isOpen(read)) await turn();
  const file = join(t.testdir({ file: 'of another' }), 'file');
  const opened = [openSync(file, 'r')];
  while (!opened.includes(read)) opened.push(openSync(file, 'r'));
  output.programEnded();
  t.same(taken, []);
  t.equal(readFileSync(read, 'utf8'), 'of another');
  for (const fd of opened) closeSync(fd);
});

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

t.test('one who keeps stderr does not keep the end from being known', async (t) => {
  const go = join(t.testdir(), 'go');
  const heard = createListener();
  const script = 'echo first >&2; (while [ ! -e "$1" ]; do sleep 0.01; done; echo later >&2) & exit 3';
  const argv = ['sh', '-c', script, 'sh', go];
  const child = spawnProgram(
    command('', { argv, stdio: [null, null, 'pipe'], onStderr: (chunk) => heard.take(chunk) }),
  );
  t.strictSame(await child.exited, { status: 3, signal: null });
  t.equal(heard.text(), 'first\n');
  writeFileSync(go, '');
  await heard.next();
  t.equal(heard.text(), 'first\nlater\n');
});

t.test('stderr can be asked for after the end', async (t) => {
  const child = spawnProgram(command('echo sorry >&2', { stdio: [null, null, 'pipe'] }));
  await child.exited;
  const stream: Readable = child.stderr!;
  t.equal(await text(stream), 'sorry\n');
});

t.test('a hundred at once, beside children of child_process', async (t) => {
  const strangers = Array.from({ length: 10 }, () => once(nodeSpawn('/bin/true'), 'exit'));
  const children = Array.from({ length: 100 }, (_, i) =>
    spawnProgram(command(`exit ${i}`, { stdio: [null, null, null] })),
  );
  const exits = await Promise.all(children.map((child) => child.exited));
  t.strictSame(
    exits.map((exit) => exit.status),
    Array.from({ length: 100 }, (_, i) => i),
  );
  for (const [status] of await Promise.all(strangers)) t.equal(status, 0);
});

t.test('leaves no descriptor and no zombie behind', async (t) => {
  const run = (): Promise<unknown> => {
    const child = spawnProgram(command('echo x; echo y >&2', { stdio: ['pipe', 'pipe', 'pipe'] }));
    child.stdin!.destroy();
    const streams = [child.stdin!, child.stdout!.resume(), child.stderr!.resume()];
    return Promise.all([child.exited, ...streams.map((stream) => once(stream, 'close'))]);
  };
  await run();
  const before = readdirSync('/proc/self/fd').length;
  for (let i = 0; i < 30; i++) await run();
  const after = readdirSync('/proc/self/fd').length;
  t.ok(after <= before + 3, `${before} descriptors before, ${after} after thirty programs`);
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
  t.equal(children, '');
});

t.test('a running program keeps the process alive, an ended one does not', async (t) => {
  const module = JSON.stringify(import.meta.resolve('../../src/system/spawn.ts'));
  const program = `import(${module}).then(async ({ spawnProgram }) => {
    const child = spawnProgram({ path: 'sleep', argv: ['sleep', '0.2'], env: {}, directory: '/', stdio: [null, null, null] });
    console.log((await child.exited).status);
  })`;
  t.equal(await text(nodeSpawn(process.execPath, ['-e', program]).stdout), '0\n');
});

/** What came so far, and a promise of more. */
function createListener() {
  let heard = '';
  let more = Promise.withResolvers<void>();
  return {
    text: () => heard,
    next: () => more.promise,
    take(chunk: Buffer): void {
      heard += chunk.toString();
      more.resolve();
      more = Promise.withResolvers();
    },
  };
}

t.test('the output of a program that is expected to be brief', async (t) => {
  const brief = (script: string): Child => spawnProgram(command(script, { isBrief: true }));
  await t.test('comes whole when it has ended', async (t) => {
    t.equal(await outputOf(brief('echo one; echo two')), 'one\ntwo\n');
    t.equal(await outputOf(brief('exit 0')), '');
  });
  await t.test('comes as it is written when it lives longer', async (t) => {
    const folder = t.testdir();
    const child = brief(`echo one; until [ -e ${folder}/go ]; do sleep 0.01; done; echo two`);
    const [first] = (await once(child.stdout!, 'data')) as [Buffer];
    t.equal(first.toString(), 'one\n');
    writeFileSync(join(folder, 'go'), '');
    t.equal(await outputOf(child), 'two\n');
  });
  await t.test('may be more than a pipe holds, and be read slowly', async (t) => {
    const child = brief('head -c 3000000 /dev/zero');
    let bytes = 0;
    for await (const chunk of child.stdout!) {
      bytes += (chunk as Buffer).length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    t.equal(bytes, 3_000_000);
  });
  await t.test('is waited for from those who have inherited it', async (t) => {
    t.equal(await outputOf(brief('(sleep 0.1; echo late) & echo early')), 'early\nlate\n');
  });
  await t.test('need not be wanted', async (t) => {
    const child = brief('exec sleep 60');
    child.stdout!.destroy();
    child.kill('SIGTERM');
    t.strictSame(await child.exited, { status: null, signal: 'SIGTERM' });
  });
});
