import t from 'tap';

import { createWriteBehind } from '../../../src/services/tftp/write-behind.ts';

function writing(mode: 'octet' | 'netascii') {
  const pieces: Buffer[] = [];
  const behind = createWriteBehind({ write: async (chunk) => void pieces.push(Buffer.from(chunk)) }, mode);
  return { pieces, ...behind };
}

t.test('writes small blocks together', async (t) => {
  const { pieces, write, end } = writing('octet');
  for (let block = 0; block < 300; block += 1) await write(Buffer.alloc(512, block));
  await end();
  t.same(
    pieces.map(({ length }) => length),
    [65_536, 65_536, 22_528],
  );
  t.equal(pieces[2]?.at(-1), 299 & 0xff);
});

t.test('waits with the end of a line until it is known', async (t) => {
  const { pieces, write, end } = writing('netascii');
  await write(Buffer.from('a\r'));
  await write(Buffer.from('\nb\r'));
  await end();
  t.equal(Buffer.concat(pieces).toString(), 'a\nb\r');
});

t.test('writes nothing of nothing', async (t) => {
  const { pieces, end } = writing('octet');
  await end();
  t.same(pieces, []);
});
