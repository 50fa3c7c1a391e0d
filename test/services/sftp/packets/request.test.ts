import t from 'tap';

import { parseRequest } from '../../../../src/services/sftp/packets/request.ts';
import { packet, text, u32, u64 } from '../stage.ts';

const handle = text(u32(7));
const nothing = { size: null, owner: null, mode: null, times: null };
const some = Buffer.concat([u32(13), u64(5), u32(0o644), u32(10), u32(20)]);
const someRead = { size: 5, owner: null, mode: 0o644, times: { accessed: 10_000, modified: 20_000 } };

t.test('reads what peers send', async (t) => {
  const table: [type: number, parts: Buffer[], expected: object][] = [
    [3, [text('/a'), u32(26), u32(0)], { type: 'open', path: '/a', flags: 26, attributes: nothing }],
    [4, [handle], { type: 'close', handle: 7 }],
    [5, [handle, u64(2 ** 32 + 1), u32(100)], { type: 'read', handle: 7, offset: 4_294_967_297, length: 100 }],
    [6, [handle, u64(3), text('abc')], { type: 'write', handle: 7, offset: 3, data: Buffer.from('abc') }],
    [7, [text('/a')], { type: 'lstat', path: '/a' }],
    [8, [handle], { type: 'fstat', handle: 7 }],
    [9, [text('/a'), some], { type: 'setstat', path: '/a', attributes: someRead }],
    [10, [handle, some], { type: 'fsetstat', handle: 7, attributes: someRead }],
    [11, [text('')], { type: 'opendir', path: '' }],
    [12, [handle], { type: 'readdir', handle: 7 }],
    [13, [text('/a')], { type: 'remove', path: '/a' }],
    [
      14,
      [text('/a'), u32(2), u32(1), u32(2)],
      { type: 'mkdir', path: '/a', attributes: { ...nothing, owner: { uid: 1, gid: 2 } } },
    ],
    [15, [text('/a')], { type: 'rmdir', path: '/a' }],
    [16, [text('.')], { type: 'realpath', path: '.' }],
    [17, [text('/ä')], { type: 'stat', path: '/ä' }],
    [18, [text('/a'), text('/b')], { type: 'rename', from: '/a', to: '/b', replaces: false }],
    [19, [text('/a')], { type: 'readlink', path: '/a' }],
    [20, [text('/a'), text('/b')], { type: 'symlink' }],
    [
      200,
      [text('posix-rename@openssh.com'), text('/a'), text('/b')],
      { type: 'rename', from: '/a', to: '/b', replaces: true },
    ],
    [200, [text('statvfs@openssh.com'), text('/a')], { type: 'statvfs', path: '/a' }],
    [200, [text('fstatvfs@openssh.com'), handle], { type: 'fstatvfs', handle: 7 }],
    [200, [text('fsync@openssh.com'), handle], { type: 'fsync', handle: 7 }],
    [200, [text('limits@openssh.com')], { type: 'limits' }],
    [200, [text('hardlink@openssh.com'), text('/a'), text('/b')], { type: 'unknown' }],
  ];
  for (const [type, parts, expected] of table) {
    t.same(parseRequest(packet(type, u32(9), ...parts)), { id: 9, ...expected }, JSON.stringify(expected));
  }
  t.same(parseRequest(packet(1, u32(3))), { type: 'init', version: 3 });
});

t.test('has no path where there is no UTF-8, and no handle that is not ours', async (t) => {
  t.match(parseRequest(packet(17, u32(9), text(Buffer.of(0x2f, 0xe4)))), { type: 'stat', path: null });
  t.match(parseRequest(packet(4, u32(9), text('handle'))), { type: 'close', handle: -1 });
});

t.test('refuses what nobody sends that speaks SFTP', async (t) => {
  const table: [Buffer, string][] = [
    [packet(2, u32(3)), 'a packet of SFTP is of type 2, which nobody has defined'],
    [packet(21, u32(3)), 'a packet of SFTP is of type 21, which nobody has defined'],
    [packet(17), 'a packet of SFTP ends too early'],
    [packet(17, u32(9), u32(100), Buffer.from('/a')), 'a packet of SFTP ends too early'],
    [packet(5, u32(9), handle, u64(0)), 'a packet of SFTP ends too early'],
    [packet(3, u32(9), text('/a'), u32(1), u32(15), u32(0)), 'a packet of SFTP ends too early'],
    [packet(6, u32(9), handle, u64(0), u32(4), Buffer.from('abc')), 'a packet of SFTP ends too early'],
  ];
  for (const [bytes, message] of table) t.throws(() => parseRequest(bytes), { name: 'PeerError', message });
});
