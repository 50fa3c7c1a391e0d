import t from 'tap';

import { decodeLine, parseCommand, type Command } from '../../../src/services/chat/grammar.ts';

t.test('a line is a command', async (t) => {
  const cases: [line: string, command: Command][] = [
    ['hello', { type: 'say', text: 'hello' }],
    [' /quit', { type: 'say', text: ' /quit' }],
    ['//etc is a folder', { type: 'say', text: '/etc is a folder' }],
    ['', { type: 'nothing' }],
    [' \t ', { type: 'nothing' }],
    ['/nick bob', { type: 'nick', name: 'bob' }],
    ['/NICK   bob  ', { type: 'nick', name: 'bob' }],
    ['/nick', { type: 'mistake', message: 'usage: /nick NEW' }],
    ['/join dev', { type: 'join', name: 'dev' }],
    ['/join ', { type: 'mistake', message: 'usage: /join ROOM' }],
    ['/rooms', { type: 'rooms' }],
    ['/who', { type: 'who' }],
    ['/who is there', { type: 'who' }],
    ['/msg bob hello  there', { type: 'msg', nick: 'bob', text: 'hello  there' }],
    ['/msg bob', { type: 'mistake', message: 'usage: /msg NICK text' }],
    ['/msg', { type: 'mistake', message: 'usage: /msg NICK text' }],
    ['/me waves', { type: 'me', text: 'waves' }],
    ['/me', { type: 'mistake', message: 'usage: /me text' }],
    ['/help', { type: 'help' }],
    ['/quit', { type: 'quit' }],
    ['/quit now', { type: 'quit' }],
    ['/', { type: 'mistake', message: 'no such command: / (try /help)' }],
    ['/toString', { type: 'mistake', message: 'no such command: /toString (try /help)' }],
    [`/${'x'.repeat(40)}`, { type: 'mistake', message: `no such command: /${'x'.repeat(32)} (try /help)` }],
  ];
  for (const [line, command] of cases) t.same(parseCommand(line), command, JSON.stringify(line));
});

t.test('what arrives is text, and nothing that a terminal obeys', async (t) => {
  const cases: [bytes: string | number[], text: string][] = [
    ['grüß dich, 世界 👩‍🚀', 'grüß dich, 世界 👩‍🚀'],
    ['a\tb', 'a\tb'],
    ['\x1b[2Jgone', '[2Jgone'],
    ['a\0b\x07c\x08d\x7fe\rf', 'abcdef'],
    ['a\u0085b\u009bc', 'abc'],
    ['a\u2028b\u2029c', 'abc'],
    ['\u202egnp\u2066x\ufeff', 'gnpx'],
    [[0x61, 0xff, 0x62], 'a\ufffdb'],
    [[0x61, 0xc3], 'a\ufffd'],
    [[0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd'],
    [[0xc0, 0x8a], '\ufffd\ufffd'],
  ];
  for (const [input, text] of cases) {
    const bytes = typeof input === 'string' ? Buffer.from(input) : Buffer.from(input);
    t.equal(decodeLine(bytes), text, JSON.stringify(text));
  }
});
