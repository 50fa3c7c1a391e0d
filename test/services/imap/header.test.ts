import t from 'tap';

import { showEnvelope } from '../../../src/services/imap/describe-entity.ts';
import { fieldsOf, maxHeaderBytes, pickFields, readHeader, selectFields } from '../../../src/services/imap/header.ts';
import { textOf } from './text-of.ts';

t.test('where a header ends', async (t) => {
  const cases: readonly (readonly [message: string, header: string])[] = [
    ['A: b\r\nC: d\r\n\r\nbody\r\n\r\n', 'A: b\r\nC: d\r\n\r\n'],
    ['\r\nbody', '\r\n'],
    ['A: b\r\n', 'A: b\r\n'],
    ['', ''],
  ];
  for (const [message, header] of cases) {
    for (const pieceBytes of [1, 3, 100]) t.equal(String(await readHeader(textOf(message, pieceBytes))), header);
  }
  t.equal((await readHeader(textOf('x'.repeat(maxHeaderBytes + 10), 65_536))).length, maxHeaderBytes);
});

t.test('fields', async (t) => {
  const header = 'From x\r\nSubject: a\r\n\tb\r\nno field\r\nX-Y : z\r\nsubject: c\r\n\r\n';
  t.same(
    [...fieldsOf(header)],
    [
      { name: 'subject', text: 'Subject: a\r\n\tb\r\n' },
      { name: 'x-y', text: 'X-Y : z\r\n' },
      { name: 'subject', text: 'subject: c\r\n' },
    ],
  );
  t.same([...pickFields(header, new Set(['subject']))], [['subject', 'a b']]);
  t.equal(String(selectFields(Buffer.from(header), ['subject'], false)), 'Subject: a\r\n\tb\r\nsubject: c\r\n\r\n');
  t.equal(String(selectFields(Buffer.from(header), ['subject'], true)), 'X-Y : z\r\n\r\n');
  t.equal(String(selectFields(Buffer.from(header), ['none'], false)), '\r\n');
});

t.test('envelopes', async (t) => {
  const fields = new Map([
    ['from', 'a@b'],
    ['reply-to', 'c@d'],
    ['subject', 'caf\xe9'],
    ['message-id', '<1@x>'],
  ]);
  const [a, c] = ['((NIL NIL "a" "b"))', '((NIL NIL "c" "d"))'];
  t.equal(showEnvelope(fields), `(NIL {4}\r\ncaf\xe9 ${a} ${a} ${c} NIL NIL NIL NIL "<1@x>")`);
});
