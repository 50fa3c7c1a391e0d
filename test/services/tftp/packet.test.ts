import t from 'tap';

import {
  ackPacket,
  blockOf,
  dataHead,
  errorPacket,
  maxRequestBytes,
  oackPacket,
  opcodes,
  parseError,
  parseRequest,
} from '../../../src/services/tftp/packet.ts';

t.test('takes requests apart', async (t) => {
  const table: [text: string, expected: string | object][] = [
    ['\0\x01boot\0octet\0', { kind: 'read', name: 'boot', mode: 'octet', options: [] }],
    ['\0\x02a/b\0NetASCII\0', { kind: 'write', name: 'a/b', mode: 'netascii', options: [] }],
    ['\0\x01\\boot\\x64\\a.efi\0octet\0', { kind: 'read', name: '/boot/x64/a.efi', mode: 'octet', options: [] }],
    [
      '\0\x01a\0octet\0BlkSize\x001428\0tsize\x000\0',
      {
        kind: 'read',
        name: 'a',
        mode: 'octet',
        options: [
          ['blksize', '1428'],
          ['tsize', '0'],
        ],
      },
    ],
    ['\0\x01a\0octet\0tsize\x001\0tsize\x002\0', { kind: 'read', name: 'a', mode: 'octet', options: [['tsize', '1']] }],
    ['\0\x01a\0octet\0blksize\0', { kind: 'read', name: 'a', mode: 'octet', options: [] }],
    ['\0\x01a\0octet\0\0\0\0', { kind: 'read', name: 'a', mode: 'octet', options: [['', '']] }],
    ['\0\x01a\0octet\0blksize\x00512\0rest', { kind: 'read', name: 'a', mode: 'octet', options: [['blksize', '512']] }],
    ['\0\x01ä\0octet\0', { kind: 'read', name: 'ä', mode: 'octet', options: [] }],
    ['\0\x01\0octet\0', 'no name'],
    ['\0\x01a\0mail\0', 'the mode is octet or netascii'],
    ['\0\x01a\0', 'the mode is octet or netascii'],
    ['\0\x01a', 'not a text'],
    ['\0\x01', 'not a text'],
    ['\0\x03\0\x01', 'not a request'],
    ['\0', 'not a request'],
    ['', 'not a request'],
  ];
  for (const [text, expected] of table) {
    const parsed = parseRequest(Buffer.from(text));
    t.same(
      typeof parsed === 'string' ? parsed : { ...parsed, options: [...parsed.options] },
      expected,
      JSON.stringify(text),
    );
  }
  t.equal(parseRequest(Buffer.from('\0\x01\xff\0octet\0', 'latin1')), 'not a text', 'not UTF-8');
});

t.test('takes requests of up to 512 bytes', async (t) => {
  const sized = (bytes: number): Buffer => Buffer.from(`\0\x01${'n'.repeat(bytes - 9)}\0octet\0`);
  t.equal(sized(maxRequestBytes).length, 512);
  t.match(parseRequest(sized(512)), { kind: 'read' });
  t.equal(parseRequest(sized(513)), 'a request has at most 512 bytes');
});

t.test('writes and reads the others', async (t) => {
  t.same(ackPacket(65_537), Buffer.of(0, 4, 0, 1), 'numbers go round');
  t.same(dataHead(65_535), Buffer.of(0, 3, 255, 255));
  t.same(dataHead(65_536), Buffer.of(0, 3, 0, 0));
  t.same(
    oackPacket(
      new Map([
        ['tsize', '3'],
        ['blksize', '8'],
      ]),
    ),
    Buffer.from('\0\x06tsize\x003\0blksize\x008\0'),
  );
  t.same(errorPacket(1, 'No'), Buffer.from('\0\x05\0\x01No\0'));
  t.equal(blockOf(Buffer.of(0, 4, 1, 2), opcodes.ack), 258);
  t.equal(blockOf(Buffer.of(0, 3, 1, 2), opcodes.ack), null);
  t.equal(blockOf(Buffer.of(0, 4, 1), opcodes.ack), null);
  t.same(parseError(Buffer.from('\0\x05\0\x03Disk full\0more')), { code: 3, message: 'Disk full' });
  t.same(parseError(Buffer.from('\0\x05\0\x03Disk full')), { code: 3, message: 'Disk full' });
  t.same(parseError(Buffer.from('\0\x05')), { code: 0, message: '' });
  t.equal(parseError(Buffer.from('\0\x04\0\x03')), null);
});
