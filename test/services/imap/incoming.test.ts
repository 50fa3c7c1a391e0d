import { duplexPair } from 'node:stream';

import t from 'tap';

import { createCommandReader } from '../../../src/services/imap/command-reader.ts';
import { readIncoming, type Incoming } from '../../../src/services/imap/incoming.ts';

/** All commands of a text, and how often a literal was asked for. */
async function readAll(
  text: string,
  isMessage = false,
): Promise<{ commands: Incoming[]; asked: number; rest: string }> {
  const [near, far] = duplexPair();
  far.end(text, 'latin1');
  const reader = createCommandReader(near, new AbortController().signal);
  const commands: Incoming[] = [];
  let asked = 0;
  const ask = async (): Promise<void> => void (asked += 1);
  for (;;) {
    const incoming = await readIncoming({ reader, ask, isMessage: () => isMessage });
    if (incoming === null) break;
    commands.push(incoming);
    if (incoming.message !== null) break;
  }
  const line = await reader.line();
  await reader.close();
  return { commands, asked, rest: String(line) };
}

const whole = { flaw: null, message: null };

t.test('commands are lines, with literals between', async (t) => {
  t.same((await readAll('a b\r\nc\nd')).commands, [
    { ...whole, pieces: ['a b'] },
    { ...whole, pieces: ['c'] },
  ]);
  const { commands, asked } = await readAll('a {3}\r\nb\r\n c {0+}\r\n\r\nnext\r\n');
  t.same(commands, [
    { ...whole, pieces: ['a ', Buffer.from('b\r\n'), ' c ', Buffer.alloc(0), ''] },
    { ...whole, pieces: ['next'] },
  ]);
  t.equal(asked, 1, 'for the one that waits for it');
  t.same((await readAll('a ~{1+}\r\nx\r\n')).commands[0]?.pieces, ['a ', Buffer.from('x'), '']);
});

t.test('a message stays where it is', async (t) => {
  const { commands, asked, rest } = await readAll('a APPEND x {7}\r\nmessage\r\n', true);
  t.same(commands, [{ pieces: ['a APPEND x '], flaw: null, message: { size: 7, isAwaited: true } }]);
  t.equal(asked, 0);
  t.equal(rest, 'message');
});

t.test('limits', async (t) => {
  const flawsOf = async (text: string) => (await readAll(text)).commands.map(({ flaw }) => flaw);
  t.same(await flawsOf(`${'x'.repeat(65_536)}\r\nb\r\n`), [null, null]);
  t.same(await flawsOf(`${'x'.repeat(65_537)}\r\nb\r\n`), ['The line is too long', null]);
  t.same(await flawsOf(`${'x'.repeat(200_000)}\r\nb\r\n`), ['The line is too long', null]);
  t.same(await flawsOf(`a {65536+}\r\n${'x'.repeat(65_536)}\r\nb\r\n`), [null, null]);
  t.same(
    await flawsOf(`a {65537+}\r\n${'x'.repeat(65_537)}\r\nb\r\n`),
    ['The literal is too large', null],
    'it is passed over',
  );
  t.same(await flawsOf('a {65537}\r\nb\r\n'), ['The literal is too large', null], 'it does not come');
  t.same(await flawsOf(`a ${'{0+}\r\n'.repeat(256)}\r\nb\r\n`), [null, null]);
  t.same(await flawsOf(`a ${'{0+}\r\n'.repeat(257)}\r\nb\r\n`), ['There are too many literals', null]);
  t.same(await flawsOf('a {5+}\r\nxy'), [], 'a literal that was cut off');
});
