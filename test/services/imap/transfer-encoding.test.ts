import t from 'tap';

import { decodeTransfer } from '../../../src/services/imap/transfer-encoding.ts';
import { textOf } from './text-of.ts';

async function decode(encoding: string, text: string, pieceBytes: number): Promise<string | null> {
  const decoded = decodeTransfer(encoding, textOf(text, pieceBytes).read(0, Infinity));
  if (decoded === null) return null;
  const chunks: Buffer[] = [];
  for await (const chunk of decoded) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

t.test('in whatever pieces', async (t) => {
  const cases: readonly (readonly [encoding: string, text: string, decoded: string | null])[] = [
    ['7bit', 'a=20b\n', 'a=20b\r\n'],
    ['', 'x', 'x'],
    ['BASE64', 'aGVsbG8g\nd29ybGQ=\n', 'hello world'],
    ['base64', 'aGV!sbG8', 'hello'],
    ['quoted-printable', 'J=C3=b6rg =\nwas=\n here=3D\n', 'J\xc3\xb6rg was here=\r\n'],
    ['quoted-printable', 'a=xb=', 'a=xb='],
    ['x-uuencode', 'x', null],
  ];
  for (const [encoding, text, decoded] of cases) {
    for (const pieceBytes of [1, 2, 3, 100])
      t.equal(await decode(encoding, text, pieceBytes), decoded, `${encoding} ${pieceBytes}`);
  }
});
