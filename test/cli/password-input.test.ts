import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import t from 'tap';

import { readPassword } from '../../src/cli/password-input.ts';
import { root } from '../support/source-tree.ts';
import { isInstalled } from '../system/installed.ts';

const piped = (...chunks: readonly (string | Buffer)[]): Promise<string> =>
  readPassword({ input: Readable.from(chunks.map((chunk) => Buffer.from(chunk))), err: (text) => t.fail(text) });

t.test('the first line of a pipe', async (t) => {
  for (const [what, chunks, expected] of [
    ['with its newline', ['secret\n'], 'secret'],
    ['without one', ['secret'], 'secret'],
    ['as Windows ends them', ['secret\r\n'], 'secret'],
    ['in pieces', ['sec', 'ret', '\nmore'], 'secret'],
    ['a character in two pieces', [Buffer.from([0xc3]), Buffer.from([0xa9, 0x0a])], 'é'],
    ['spaces are part of it', [' a b \n'], ' a b '],
    ['only the first', ['one\ntwo\n'], 'one'],
  ] as const) {
    t.equal(await piped(...chunks), expected, what);
  }
});

t.test('no password', async (t) => {
  for (const [what, chunks, message] of [
    ['nothing', [], 'expected a password on standard input'],
    ['an empty line', ['\nsecret\n'], 'expected a password on standard input'],
    ['no text', [Buffer.from([0xff, 0x0a])], 'expected a password in UTF-8'],
  ] as const) {
    await t.rejects(piped(...chunks), { code: 64, message }, what);
  }
});

t.test('an endless line is not read to its end', async (t) => {
  let chunks = 0;
  const endless = function* (): Generator<Buffer> {
    for (;;) {
      chunks += 1;
      yield Buffer.alloc(1024, 'x');
    }
  };
  const password = await readPassword({ input: Readable.from(endless(), { highWaterMark: 1 }), err: () => {} });
  t.ok(password.length > 1024, 'enough to be refused');
  t.ok(chunks < 20);
});

interface Typing {
  readonly answer: Promise<string>;
  readonly shown: () => string;
  readonly modes: readonly boolean[];
}

/** Somebody at a terminal. */
function type(...chunks: readonly (string | Buffer)[]): Typing {
  const modes: boolean[] = [];
  let shown = '';
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (isRaw: boolean) => void modes.push(isRaw),
  });
  const answer = readPassword({ input, err: (text) => void (shown += text) });
  for (const chunk of chunks) input.write(chunk);
  return { answer, shown: () => shown, modes };
}

t.test('asked for on a terminal, twice and unseen', async (t) => {
  const { answer, shown, modes } = type('sec', 'ret\r', 'secret\r');
  t.equal(await answer, 'secret');
  t.equal(shown(), 'Password: \r\nAgain: \r\n');
  t.same(modes, [true, false], 'and the terminal is as it was');
});

t.test('what keys do', async (t) => {
  for (const [what, typed, expected] of [
    ['backspace', 'secrex\u007ft\r', 'secret'],
    ['backspace before anything', '\b\bsecret\r', 'secret'],
    ['backspace over a whole character', 'secret😀\u007f\r', 'secret'],
    ['^U', 'wrong\u0015secret\r', 'secret'],
    ['keys that mean nothing', 'sec\u0001\tret\n', 'secret'],
  ] as const) {
    t.equal(await type(typed, 'secret\r').answer, expected, what);
  }
  const bytes = Buffer.from('é\r');
  t.equal(await type(bytes.subarray(0, 1), bytes.subarray(1), 'é\r').answer, 'é', 'a character in two pieces');
  t.equal(await type('secret\rsecret\r').answer, 'secret', 'both at once, as when pasted');
});

t.test('nothing comes of', async (t) => {
  for (const [what, typed, message] of [
    ['two that differ', 'secret\rSecret\r', 'that is not the same twice; nothing was changed'],
    ['^C', 'sec\u0003', 'interrupted; nothing was changed'],
    ['^D', 'secret\rsec\u0004', 'interrupted; nothing was changed'],
  ] as const) {
    const { answer, modes } = type(typed);
    await t.rejects(answer, { code: 1, message }, what);
    t.same(modes, [true, false]);
  }
});

const python = isInstalled('python3') ? false : 'no python3';

t.test('a real terminal shows nothing of it', { skip: python }, async (t) => {
  const program = `
import os, pty, sys
pid, fd = pty.fork()
if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
out = b''
def until(mark):
    global out
    while mark not in out:
        data = os.read(fd, 1000)
        out += data
until(b'Password: '); os.write(fd, b'hunter2\\r')
until(b'Again: '); os.write(fd, b'hunter2\\r')
try:
    while True:
        data = os.read(fd, 1000)
        if not data: break
        out += data
except OSError: pass
sys.stdout.buffer.write(out)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
  const out = execFileSync(
    'python3',
    ['-c', program, process.execPath, join(root, 'bin/portico.js'), 'hash-password'],
    {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  );
  t.match(out, /^Password: \r\r?\nAgain: \r\r?\n\$argon2id\$v=19\$m=19456,t=2,p=1\$\S+\r\n$/);
  t.notMatch(out, 'hunter2');
});
