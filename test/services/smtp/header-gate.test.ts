import t from 'tap';

import { createHeaderGate } from '../../../src/services/smtp/header-gate.ts';

function pass(
  message: string,
  isForged: (field: { readonly name: string }) => boolean = () => false,
): { text: string; subject: string | null } {
  const gate = createHeaderGate({ trace: 'Trace: 1\r\n', isForged });
  const parts = [...gate.pass(Buffer.from(message)), ...gate.end()];
  return { text: Buffer.concat(parts).toString(), subject: gate.subject };
}

t.test('our lines go on top', async (t) => {
  const cases: readonly (readonly [name: string, message: string, text: string])[] = [
    ['of a message', 'A: 1\r\n\r\nbody\r\n', 'A: 1\r\n\r\nbody\r\n'],
    ['of one without a header', '\r\nbody\r\n', '\r\nbody\r\n'],
    ['of one without a body', 'A: 1\r\n', 'A: 1\r\n'],
    ['of nothing', '', ''],
    ['of a text, which becomes no header', 'hello\r\nthere\r\n', '\r\nhello\r\nthere\r\n'],
    ['of a text behind a header', 'A: 1\r\nhello\r\n\r\nthere\r\n', 'A: 1\r\n\r\nhello\r\n\r\nthere\r\n'],
    ['and Return-Path is ours alone', 'A: 1\r\nReturn-Path: <x>\r\n\t<y>\r\nB: 2\r\n\r\n', 'A: 1\r\nB: 2\r\n\r\n'],
    ['and bytes stay as they are', 'A: \u00e9\r\n\r\n\u00e9', 'A: \u00e9\r\n\r\n\u00e9'],
  ];
  for (const [name, message, text] of cases) {
    const gate = createHeaderGate({ trace: 'Trace: 1\r\n', isForged: () => false });
    t.equal(Buffer.concat([...gate.pass(Buffer.from(message)), ...gate.end()]).toString(), `Trace: 1\r\n${text}`, name);
    const slow = createHeaderGate({ trace: 'Trace: 1\r\n', isForged: () => false });
    const parts = [...Buffer.from(message)].flatMap((byte) => slow.pass(Buffer.of(byte)));
    t.equal(Buffer.concat([...parts, ...slow.end()]).toString(), `Trace: 1\r\n${text}`, `${name}, byte by byte`);
  }
});

t.test('fields that others have forged go', async (t) => {
  const { text } = pass('X: 1\r\nA: 2\r\n\r\n', ({ name }) => name === 'x');
  t.equal(text, 'Trace: 1\r\nA: 2\r\n\r\n');
});

t.test('the subject is read', async (t) => {
  t.equal(pass('Subject: =?utf-8?Q?h=C3=A9?=\r\n there\r\nSubject: two\r\n\r\n').subject, 'hé there');
  t.equal(pass('A: 1\r\n\r\nSubject: no\r\n').subject, null);
});

t.test('a header has an end', async (t) => {
  const header = (bytes: number): string => `A: ${'x'.repeat(bytes - 5)}\r\n`;
  const gateFor = () => createHeaderGate({ trace: '', isForged: () => false });
  t.doesNotThrow(() => gateFor().pass(Buffer.from(`${header(256 * 1024)}\r\n`)));
  t.throws(() => gateFor().pass(Buffer.from(`${header(256 * 1024 + 1)}\r\n`)), { message: /^5\.3\.4 / });
  t.throws(() => gateFor().pass(Buffer.alloc(256 * 1024 + 1, 'x')), { message: /^5\.3\.4 / });
});
