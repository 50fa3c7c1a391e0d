import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';

import t from 'tap';

import type { Command } from '../../src/contract/program.ts';
import { holdStart } from '../../src/system/held-start.ts';
import { libc } from '../../src/system/libc.ts';
import { spawnProgram } from '../../src/system/spawn.ts';

if (libc === null) {
  t.plan(0, 'needs node:ffi');
  process.exit();
}

function command(path: string, args: readonly string[], more: Partial<Command> = {}): Command {
  return {
    path,
    argv: [path, ...args],
    env: {},
    directory: '/',
    stdio: [null, 'pipe', null],
    limits: { files: 64 },
    ...more,
  };
}

async function answerOf(given: Command): Promise<string> {
  const child = spawnProgram(given);
  const answer = await text(child.stdout!);
  t.strictSame(await child.exited, { status: 0, signal: null });
  return answer;
}

t.test('limits and niceness hold from the first instruction on', async (t) => {
  const script = '(ulimit -n; ulimit -Hn) & ulimit -n; wait; nice';
  const given = command('/bin/sh', ['-c', script], { env: { PATH: '/usr/bin:/bin' }, nice: 3 });
  const answers = await Promise.all(Array.from({ length: 30 }, () => answerOf(given)));
  t.strictSame(new Set(answers.map((answer) => answer.trim().split('\n').toSorted().join())), new Set(['3,64,64,64']));
});

t.test('a program gets its words and variables, and nothing of the shell before it', async (t) => {
  const env = { '-x': '$(id)', NAME: 'Zoë = 1', EMPTY: '' };
  t.equal(await answerOf(command('/bin/cat', ['/proc/self/environ'], { env })), '-x=$(id)\0NAME=Zoë = 1\0EMPTY=\0');
  const words = ['a b', '', '$HOME', '"; id; "', '-n', 'ü\n'];
  const cat = command('/bin/cat', ['/proc/self/cmdline', '--', ...words.map(() => '/dev/null')]);
  t.equal(await answerOf(cat), `${cat.argv.join('\0')}\0`);
  t.equal(await answerOf(command('/usr/bin/printf', ['[%s]', ...words])), words.map((word) => `[${word}]`).join(''));
  t.equal(
    await answerOf(command('/bin/ls', ['/proc/self/fd'])),
    '0\n1\n2\n3\n',
    'the last one is of the folder that ls reads',
  );
});

t.test('a program that is looked for in PATH', async (t) => {
  const given = command('printf', ['found'], { env: { PATH: '/nonexistent:/usr/bin:/bin' } });
  t.equal(await answerOf(given), 'found');
});

t.test('what cannot be started is told at once, as without limits', async (t) => {
  for (const [path, code] of [
    ['/no/such/program', 'ENOENT'],
    ['/etc/passwd', 'EACCES'],
  ] as const) {
    t.throws(() => spawnProgram(command(path, [])), { code });
    t.throws(() => spawnProgram(command(path, [], { limits: undefined })), { code });
  }
});

t.test('without a word it does not begin', async (t) => {
  const hold = holdStart(libc!, command('/bin/echo', ['begun']))!;
  t.teardown(() => hold.close());
  t.equal(hold.command.path, '/bin/sh');
  const refused = command('/bin/echo', ['begun'], { limits: { files: 2 ** 31 } });
  t.throws(() => spawnProgram(refused), { message: /^start \/bin\/echo: limit files to/ });
});

t.test(
  'with another argv[0], as imported services have',
  { skip: !existsSync('/usr/bin/perl') && 'needs perl' },
  async (t) => {
    const env = { NAME: 'Zoë = 1', EMPTY: '' };
    const shell = command('/bin/sh', [], { argv: ['zero', '-c', 'ulimit -n; echo "$0|$1|$2"', 'in.x', 'a b'] });
    t.equal(await answerOf(shell), '64\nin.x|a b|\n');
    const cat = command('/bin/cat', [], { argv: ['zero', '/proc/self/cmdline', '/proc/self/environ'], env });
    const [cmdline, environ] = (await answerOf(cat)).split('/proc/self/environ\0');
    t.equal(cmdline, 'zero\0/proc/self/cmdline\0');
    t.same(new Set(environ?.split('\0')), new Set(['NAME=Zoë = 1', 'EMPTY=', '']));
    t.equal(await answerOf(command('/bin/ls', [], { argv: ['zero', '/proc/self/fd'] })), '0\n1\n2\n3\n');
  },
);

t.test('who cannot be waited for begins at once', async (t) => {
  t.equal(holdStart(libc!, command('/bin/echo', [], { argv: ['zero'], env: { PERL5OPT: '-Mx' } })), null);
  const folder = t.testdir({ 'a=b': t.fixture('symlink', '/bin/echo') });
  t.equal(holdStart(libc!, command(`${folder}/a=b`, [])), null);
  t.equal(await answerOf(command('/bin/echo', ['hello'], { argv: ['zero', 'hello'] })), 'hello\n');
});
