import t from 'tap';

import { createPacketReader } from '../../../../src/services/sftp/packets/packet-reader.ts';
import { text, u32 } from '../stage.ts';

function createReader() {
  const taken: string[] = [];
  const reader = createPacketReader({
    allocate: (length) => Buffer.alloc(length),
    take: (packet) => taken.push(packet.toString()),
  });
  return { reader, taken };
}

t.test('puts packets together, however they come', async (t) => {
  const bytes = Buffer.concat(['one', 'a second one', '3'].map((each) => text(each)));
  for (let size = 1; size <= bytes.length; size += 1) {
    const { reader, taken } = createReader();
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
    t.same(taken, ['one', 'a second one', '3'], `in pieces of ${size}`);
  }
});

t.test('takes 256 KiB and not one byte more, and none that is empty', async (t) => {
  const { reader, taken } = createReader();
  reader.push(text('x'.repeat(262_144)));
  t.equal(taken[0]?.length, 262_144);
  for (const length of [0, 262_145, 0xffffffff]) {
    t.throws(() => createReader().reader.push(u32(length)), { name: 'PeerError', message: /1 to 262144 are taken/ });
  }
});
