import t from 'tap';

import { maxCommandBytes, parseCommand } from '../../../src/services/pop3/grammar.ts';

const good: readonly (readonly [line: string, command: object])[] = [
  ['USER alice', { verb: 'USER', name: 'alice' }],
  ['user a b', { verb: 'USER', name: 'a b' }],
  ['PASS  two spaces ', { verb: 'PASS', password: ' two spaces ' }],
  ['PASS ', { verb: 'PASS', password: '' }],
  ['PASS pässword\t', { verb: 'PASS', password: 'pässword\t' }],
  ['AUTH', { verb: 'AUTH', mechanism: null, initial: null }],
  ['auth plain', { verb: 'AUTH', mechanism: 'PLAIN', initial: null }],
  ['AUTH PLAIN AGFiYwA=', { verb: 'AUTH', mechanism: 'PLAIN', initial: 'AGFiYwA=' }],
  ['AUTH PLAIN =', { verb: 'AUTH', mechanism: 'PLAIN', initial: '=' }],
  ['LIST', { verb: 'LIST', number: null }],
  ['List 2', { verb: 'LIST', number: 2 }],
  ['UIDL', { verb: 'UIDL', number: null }],
  ['UIDL 0', { verb: 'UIDL', number: 0 }],
  ['RETR 1', { verb: 'RETR', number: 1 }],
  ['RETR 9999999999', { verb: 'RETR', number: 9_999_999_999 }],
  ['DELE 007', { verb: 'DELE', number: 7 }],
  ['TOP 1 0', { verb: 'TOP', number: 1, lines: 0 }],
  ['CAPA', { verb: 'CAPA' }],
  ['STLS', { verb: 'STLS' }],
  ['quit', { verb: 'QUIT' }],
  ['STAT ', { verb: 'STAT' }],
  ['NOOP', { verb: 'NOOP' }],
  ['RSET', { verb: 'RSET' }],
];

const bad: readonly (readonly [line: string | Buffer, flaw: string])[] = [
  ['', 'There is no such command'],
  ['   ', 'There is no such command'],
  [' NOOP', 'There is no such command'],
  ['LAST', 'There is no such command'],
  ['APOP alice c4c9334bac560ecc979e58001b3e22fb', 'There is no such command'],
  ['constructor', 'There is no such command'],
  ['GET / HTTP/1.1', 'There is no such command'],
  ['RETR\t1', 'There is no such command'],
  ['USER', 'USER is not written like that'],
  ['USER ', 'USER is not written like that'],
  ['PASS', 'PASS is not written like that'],
  ['AUTH PLAIN a b', 'AUTH is not written like that'],
  ['LIST x', 'LIST is not written like that'],
  ['LIST 1 2', 'LIST is not written like that'],
  ['UIDL -1', 'UIDL is not written like that'],
  ['RETR', 'RETR is not written like that'],
  ['RETR 1.5', 'RETR is not written like that'],
  ['RETR 99999999999', 'RETR is not written like that'],
  ['DELE 1 2', 'DELE is not written like that'],
  ['TOP 1', 'TOP is not written like that'],
  ['TOP 1 2 3', 'TOP is not written like that'],
  ['TOP 1 x', 'TOP is not written like that'],
  ['QUIT now', 'QUIT is not written like that'],
  ['STLS x', 'STLS is not written like that'],
  ['USER a\0b', 'The line is no text'],
  ['USER a\rb', 'The line is no text'],
  ['USER \x1b[2J', 'The line is no text'],
  [Buffer.from('USER \xff', 'latin1'), 'The line is no text'],
];

t.test('what is a command', async (t) => {
  for (const [line, command] of good) t.same(parseCommand(Buffer.from(line)), { command }, line);
});

t.test('what is none', async (t) => {
  for (const [line, flaw] of bad) t.same(parseCommand(Buffer.from(line)), { flaw }, JSON.stringify(String(line)));
});

t.test('a line has a longest length', async (t) => {
  const fits = Buffer.from(`PASS ${'x'.repeat(maxCommandBytes - 5)}`);
  t.match(parseCommand(fits), { command: { verb: 'PASS' } });
  t.same(parseCommand(Buffer.concat([fits, Buffer.from('x')])), { flaw: 'The line is too long' });
});
