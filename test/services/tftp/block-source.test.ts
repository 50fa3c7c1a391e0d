import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { createBlockSource } from '../../../src/services/tftp/block-source.ts';

function open(t: Test, content: string | Buffer): number {
  const path = join(t.testdir({ file: content }), 'file');
  const fd = fs.openSync(path, 'r');
  t.teardown(() => fs.closeSync(fd));
  return fd;
}

t.test('gives any part that begins in the last one, or behind it', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 31) % 251));
  const source = createBlockSource(open(t, bytes), 'octet');
  for (const [position, length] of [
    [0, 512],
    [0, 512],
    [100, 70_000],
    [100, 10],
    [70_000, 200_000],
    [269_999, 40_000],
    [299_999, 512],
    [300_000, 512],
  ] as const) {
    const part = await source.from(position, length);
    t.ok(part.equals(bytes.subarray(position, position + length)), `${position} ${length}`);
  }
});

t.test('leaves what it gave as it was', async (t) => {
  const source = createBlockSource(open(t, 'x'.repeat(200_000)), 'octet');
  const first = await source.from(0, 65_536);
  await source.from(65_536, 65_536);
  await source.from(131_072, 65_536);
  t.equal(first.toString(), 'x'.repeat(65_536));
});

t.test('gives texts as they are sent', async (t) => {
  const source = createBlockSource(open(t, 'a\nb\r'.repeat(40_000)), 'netascii');
  t.equal((await source.from(0, 6)).toString(), 'a\r\nb\r\0');
  const rest = await source.from(6, 1_000_000);
  t.equal(rest.toString(), 'a\r\nb\r\0'.repeat(39_999));
});
