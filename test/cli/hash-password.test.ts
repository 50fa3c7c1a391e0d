import { Readable } from 'node:stream';
import t from 'tap';

import { verifyPassword } from '../../src/accounts/password.ts';
import { hashFromInput } from '../../src/cli/hash-from-input.ts';
import { createFakeTerminal, portico } from './fakes.ts';

const typing = (text: string) => createFakeTerminal({ input: Readable.from([Buffer.from(text)]) });

t.test('a hash of what comes on stdin', async (t) => {
  const { code, out, err } = await portico(['hash-password'], typing('pässword\n'));
  t.same({ code, err }, { code: 0, err: '' });
  t.match(out, /^\$argon2id\$\S+\n$/);
  t.ok(await verifyPassword('pässword', out.trim()));
  t.ok(await verifyPassword('pässword', await hashFromInput(typing('pässword'))));
});

t.test('64 for what cannot be a password', async (t) => {
  for (const [text, message] of [
    ['', 'expected a password on standard input'],
    [`${'x'.repeat(1025)}\n`, 'a password has 1 to 1024 bytes'],
    ['hunter2\u0007\n', 'a password has no control characters'],
  ] as const) {
    t.same(await portico(['hash-password'], typing(text)), { code: 64, out: '', err: `portico: ${message}\n` });
  }
});

t.test('never as an argument', async (t) => {
  t.match(await portico(['hash-password', 'hunter2'], typing('')), { code: 64, out: '' });
});
