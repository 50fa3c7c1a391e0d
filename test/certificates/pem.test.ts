import t from 'tap';

import { readPemBlocks, toPem } from '../../src/certificates/pem.ts';

const block = (label: string, content = 'AAAA'): string =>
  `-----BEGIN ${label}-----\n${content}\n-----END ${label}-----\n`;

for (const [what, text, labels] of [
  ['nothing', '', []],
  ['text', 'hello\n', []],
  ['a block', block('CERTIFICATE'), ['CERTIFICATE']],
  ['two', block('CERTIFICATE') + block('PRIVATE KEY'), ['CERTIFICATE', 'PRIVATE KEY']],
  ['words around', `subject: me\n${block('CERTIFICATE')}\nthe end`, ['CERTIFICATE']],
  ['lines of another system', block('CERTIFICATE').replaceAll('\n', '\r\n'), ['CERTIFICATE']],
  ['a byte order mark', `\ufeff${block('CERTIFICATE')}`, ['CERTIFICATE']],
  ['no end', '-----BEGIN CERTIFICATE-----\nAAAA\n', []],
  ['another end', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END PRIVATE KEY-----\n', []],
  ['no label', `-----BEGIN -----\n${block('CERTIFICATE')}`, ['CERTIFICATE']],
  ['a label of 40 characters', block('A'.repeat(40)), ['A'.repeat(40)]],
  ['a label of 41 characters', block('A'.repeat(41)), []],
  ['the beginning of a beginning', '-----BEGIN ', []],
] as const) {
  t.test(`${what}: ${labels.length} blocks`, async (t) => {
    t.same(
      readPemBlocks(text).map(({ label }) => label),
      labels,
    );
  });
}

t.test('a block is what stands from its first dash to its last', async (t) => {
  t.same(readPemBlocks(`x ${block('A')}y`), [{ label: 'A', text: '-----BEGIN A-----\nAAAA\n-----END A-----\n' }]);
});

t.test('a text of nothing but beginnings is gone through once', async (t) => {
  t.same(readPemBlocks('-----BEGIN A-----\n'.repeat(500_000)), []);
  t.same(readPemBlocks('-----BEGIN a-----\n'.repeat(500_000)), []);
  t.same(readPemBlocks('-----BEGIN '.repeat(500_000)), []);
});

t.test('bytes become lines of 64 characters', async (t) => {
  t.equal(toPem('X', Buffer.alloc(49)), `-----BEGIN X-----\n${'A'.repeat(64)}\nAA==\n-----END X-----\n`);
  t.equal(toPem('X', Buffer.alloc(48)), `-----BEGIN X-----\n${'A'.repeat(64)}\n-----END X-----\n`);
});
