import fs from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

import t from 'tap';

import { openMessageText, type KnownSizes } from '../../../src/services/imap/message-text.ts';

t.test('each line ends with CRLF', async (t) => {
  const cases: readonly (readonly [name: string, content: string, text: string])[] = [
    ['1.a', 'a\nb\n', 'a\r\nb\r\n'],
    ['1.a', 'a\r\nb\n\n', 'a\r\nb\r\n\r\n'],
    ['1.a', '\n', '\r\n'],
    ['1.a', '', ''],
    ['1.a', 'a\rb', 'a\rb'],
    ['1.a,S=6,W=6', 'a\r\nb\r\n', 'a\r\nb\r\n'],
    ['1.a,S=4,W=6', 'a\nb\n', 'a\r\nb\r\n'],
    ['1.a,S=4,W=99', 'a\nb\n', 'a\r\nb\r\n'],
    ['1.a', `${'x'.repeat(65_535)}\r\ny\n`, `${'x'.repeat(65_535)}\r\ny\r\n`],
    ['1.a', `${'x'.repeat(65_536)}\ny\n`, `${'x'.repeat(65_536)}\r\ny\r\n`],
  ];
  for (const [name, content, expected] of cases) {
    const path = join(t.testdir({ message: content }), 'message');
    const sizes: KnownSizes = new Map();
    await using text = await openMessageText({ handle: await open(path), name, key: 'k' }, sizes);
    const read = async (from: number, to: number): Promise<string> => {
      const chunks: Buffer[] = [];
      for await (const chunk of text.read(from, to)) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };
    const label = JSON.stringify(content.slice(0, 10));
    t.ok((await read(0, Infinity)) === expected, label);
    t.equal(await text.size(), expected.length, label);
    t.ok((await read(0, Infinity)) === expected, `${label}, when its size is known`);
    t.equal(await read(1, 3), expected.slice(1, 3), label);
    t.equal(await read(expected.length, expected.length + 5), '', label);
    fs.rmSync(path);
  }
});
