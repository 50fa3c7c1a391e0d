import t from 'tap';

import { asciiIn, asciiOut, type Translation } from '../../../../src/services/ftp/transfer/index.ts';

/** Through the translation in pieces of this size. */
function translated(translation: Translation, text: string, pieceBytes: number): string {
  const bytes = Buffer.from(text);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    parts.push(Buffer.from(translation(Buffer.from(bytes.subarray(at, at + pieceBytes)))));
  }
  return Buffer.concat([...parts, translation.end()]).toString();
}

t.test('line endings, wherever a chunk ends', async (t) => {
  const table: readonly [wire: string, kept: string][] = [
    ['', ''],
    ['no line', 'no line'],
    ['one\r\n', 'one\n'],
    ['one\r\ntwo\r\n\r\n', 'one\ntwo\n\n'],
    ['\r\n\r\n', '\n\n'],
    ['a\rb\r\nc', 'a\rb\nc'],
    ['a\r', 'a\r'],
    ['a\r\r', 'a\r\r'],
    ['Grüße\r\nähm\r\n', 'Grüße\nähm\n'],
  ];
  for (const [wire, kept] of table) {
    for (const pieceBytes of [1, 2, 3, 5, 100]) {
      t.equal(translated(asciiIn(), wire, pieceBytes), kept, `in: ${JSON.stringify(wire)} by ${pieceBytes}`);
      t.equal(translated(asciiOut(), kept, pieceBytes), wire, `out: ${JSON.stringify(kept)} by ${pieceBytes}`);
    }
  }
});

t.test('only in: LF alone stays, and a CR before CRLF too', async (t) => {
  for (const pieceBytes of [1, 2, 100]) {
    t.equal(translated(asciiIn(), 'a\nb\r\r\n', pieceBytes), 'a\nb\r\n');
  }
});

t.test('only out: a file with CRLF goes out as it is', async (t) => {
  for (const pieceBytes of [1, 2, 3, 100])
    t.equal(translated(asciiOut(), 'a\r\nb\nc\r\n', pieceBytes), 'a\r\nb\r\nc\r\n');
});

t.test('what needs no change is not copied', async (t) => {
  const chunk = Buffer.from('no line ending in here');
  t.equal(asciiIn()(chunk), chunk);
  t.equal(asciiOut()(chunk), chunk);
});

t.test('every byte comes through', async (t) => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte !== 10 && byte !== 13));
  const lines = Buffer.concat([all, Buffer.from('\n')]);
  const out = asciiOut()(lines);
  t.ok(out.equals(Buffer.concat([all, Buffer.from('\r\n')])));
  t.ok(asciiIn()(out).equals(lines));
});
