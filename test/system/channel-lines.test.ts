import t from 'tap';

import { createMessageReader, encodeMessage, maxLineBytes } from '../../src/system/channel-lines.ts';

t.test('whatever the chunks, the messages are the same', (t) => {
  const bytes = Buffer.concat([{ a: 'ü\n' }, [1], null, 'x'].map(encodeMessage));
  for (const size of [1, 2, 3, 7, bytes.length]) {
    const heard: unknown[] = [];
    const read = createMessageReader((message) => heard.push(message));
    for (let i = 0; i < bytes.length; i += size) t.ok(read(bytes.subarray(i, i + size)));
    t.strictSame(heard, [{ a: 'ü\n' }, [1], null, 'x'], `${size} bytes`);
  }
  t.end();
});

t.test('a line that is no JSON is refused', (t) => {
  for (const line of ['', '{', 'undefined', "{'a':1}", '{"a":1}}']) {
    const read = createMessageReader(() => t.fail());
    t.equal(read(Buffer.from(`${line}\n`)), false, JSON.stringify(line));
  }
  t.end();
});

t.test('a line has 16 MiB at the most, newline included', (t) => {
  const longest = 'x'.repeat(maxLineBytes - 3);
  t.equal(encodeMessage(longest).length, 16_777_216);
  t.throws(() => encodeMessage(`${longest}x`), { message: 'message of 16777217 bytes: expected at most 16777216' });
  let heard = 0;
  t.equal(createMessageReader(() => heard++)(encodeMessage(longest)), true);
  t.equal(heard, 1);
  t.equal(createMessageReader(() => t.fail())(Buffer.from(`"${longest}x"\n`)), false);
  t.end();
});

t.test('a line that does not end is refused before it fills the memory', (t) => {
  const read = createMessageReader(() => t.fail());
  const chunk = Buffer.alloc(1024 * 1024, 0x20);
  for (let i = 0; i < 15; i++) t.equal(read(chunk), true);
  t.equal(read(chunk.subarray(1)), true);
  t.equal(read(Buffer.from(' ')), false);
  t.end();
});
