import t from 'tap';

import { createNetasciiReader, toNetascii } from '../../../src/services/tftp/netascii.ts';

const table: [file: string, wire: string][] = [
  ['', ''],
  ['plain', 'plain'],
  ['a\nb\n', 'a\r\nb\r\n'],
  ['a\rb', 'a\r\0b'],
  ['a\r\nb', 'a\r\0\r\nb'],
  ['\r', '\r\0'],
  ['\n\n\r\r', '\r\n\r\n\r\0\r\0'],
];

t.test('writes lines for the wire', async (t) => {
  for (const [file, wire] of table) t.equal(toNetascii(Buffer.from(file)).toString(), wire, JSON.stringify(file));
});

t.test('reads them, in whatever pieces they come', async (t) => {
  const read = (pieces: Buffer[]): string => {
    const reader = createNetasciiReader();
    return Buffer.concat([...pieces.map((piece) => reader.push(piece)), reader.end()]).toString();
  };
  const others: [string, string][] = [
    ['a\rb', 'a\rb'],
    ['a\r', 'a\r'],
    ['a\nb', 'a\nb'],
    ['\r\r\n', '\r\n'],
  ];
  for (const [file, wire] of [...table, ...others.map(([wire, file]): [string, string] => [file, wire])]) {
    t.equal(read([Buffer.from(wire)]), file, JSON.stringify(wire));
    t.equal(read([...Buffer.from(wire)].map((byte) => Buffer.of(byte))), file, `${JSON.stringify(wire)} by bytes`);
  }
});
