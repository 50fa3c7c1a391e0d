import t from 'tap';

import {
  attributesReply,
  handleReply,
  limitsReply,
  namesReply,
  spaceReply,
  statusReply,
  versionReply,
  writeDataHeader,
} from '../../../../src/services/sftp/packets/reply.ts';
import { entry, text, u32, u64 } from '../stage.ts';

const attributes = Buffer.concat([u32(15), u64(2 ** 32 + 5), u32(1), u32(2), u32(0o100640), u32(3), u32(4)]);
const file = entry({ size: 2 ** 32 + 5, uid: 1, gid: 2, mode: 0o640, accessed: 3999, modified: 4000 });

t.test('writes whole packets', async (t) => {
  const table: [string, Buffer, Buffer[]][] = [
    ['a status', statusReply(9, 4, 'No'), [Buffer.of(101), u32(9), u32(4), text('No'), text('')]],
    ['a handle', handleReply(9, 7), [Buffer.of(102), u32(9), text(u32(7))]],
    ['attributes', attributesReply(9, file), [Buffer.of(105), u32(9), attributes]],
    [
      'names',
      namesReply(9, [
        { name: 'ä', longName: '- ä', attributes: file },
        { name: '/', longName: '/', attributes: null },
      ]),
      [Buffer.of(104), u32(9), u32(2), text('ä'), text('- ä'), attributes, text('/'), text('/'), u32(0)],
    ],
    [
      'limits',
      limitsReply(9, 1024),
      [Buffer.of(201), u32(9), ...[262_144, 261_120, 261_120, 1024].map((each) => u64(each))],
    ],
    [
      'space',
      spaceReply(9, { blockSize: 4096, total: 10, free: 9, available: 8, files: 7, freeFiles: 6 }, true),
      [Buffer.of(201), u32(9), ...[4096, 4096, 10, 9, 8, 7, 6, 6, 0, 3, 255].map((each) => u64(each))],
    ],
  ];
  for (const [name, bytes, parts] of table) {
    const body = Buffer.concat(parts);
    t.equal(bytes.toString('hex'), Buffer.concat([u32(body.length), body]).toString('hex'), name);
  }
});

t.test('tells the version with the extensions', async (t) => {
  const bytes = versionReply().toString('latin1');
  t.equal(bytes.slice(4, 9), '\x02\0\0\0\x03');
  t.same(bytes.match(/[a-z-]+@openssh\.com/g), [
    'posix-rename@openssh.com',
    'statvfs@openssh.com',
    'fstatvfs@openssh.com',
    'fsync@openssh.com',
    'limits@openssh.com',
  ]);
});

t.test('writes the head of data before the bytes of the file', async (t) => {
  const packet = Buffer.alloc(16, 'x');
  writeDataHeader(packet, 9, 3);
  t.same(packet, Buffer.concat([u32(12), Buffer.of(103), u32(9), text('xxx')]));
});

t.test('says the nearest of a time that cannot be said', async (t) => {
  const { length } = attributesReply(1, file);
  const times = (modified: number): number => attributesReply(1, entry({ modified })).readUInt32BE(length - 4);
  t.same([times(-5000), times(0), times(2 ** 53)], [0, 0, 4_294_967_295]);
});

t.test('tells kinds of files by their bits', async (t) => {
  const bits = (kind: 'file' | 'folder' | 'link' | 'other'): string =>
    attributesReply(1, entry({ kind, mode: 0o755 }))
      .readUInt32BE(29)
      .toString(8);
  t.same([bits('file'), bits('folder'), bits('link'), bits('other')], ['100755', '40755', '120755', '10755']);
});
