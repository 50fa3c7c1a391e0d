import { join } from 'node:path';

import t from 'tap';

import qotd, { parseQuotes } from '../../src/services/qotd.ts';
import type { Service } from '../../src/contract/index.ts';
import { describeService } from '../support/describe-service.ts';
import { createFakeContext } from '../support/fake-context.ts';
import { peerAt, sendPacket } from '../support/fake-packet.ts';
import { createFakeSession } from '../support/fake-session.ts';

describeService(qotd, { send: 'ignored' });

function create(options: unknown, context = createFakeContext()): Promise<Service> {
  return Promise.resolve(qotd.create(qotd.options.parse(options), context));
}

async function ask(service: Service): Promise<string> {
  const { peer, ...fake } = createFakeSession();
  await fake.serve(service);
  return peer.rest();
}

t.test('says one of its quotes and hangs up', async (t) => {
  t.equal(await ask(await create({ quotes: ['Less is more.'] })), 'Less is more.\r\n');
  t.match(await ask(await create({ quotes: ['one', 'two'] })), /^(one|two)\r\n$/);
  t.match(await ask(await create({})), /^.{10,509}\r\n$/, 'without options it has some of its own');
});

t.test('ends all lines of a quote with CRLF', async (t) => {
  t.equal(await ask(await create({ quotes: ['Less\nis\r\nmore.\n\n'] })), 'Less\r\nis\r\nmore.\r\n');
});

t.test('takes quotes of less than 512 bytes, line ending included', async (t) => {
  t.equal((await ask(await create({ quotes: ['x'.repeat(509)] }))).length, 511);
  t.equal(qotd.options.safeParse({ quotes: ['x'.repeat(510)] }).success, false);
  t.equal(qotd.options.safeParse({ quotes: ['ü'.repeat(254)] }).success, true);
  t.equal(qotd.options.safeParse({ quotes: ['ü'.repeat(255)] }).success, false);
});

t.test('refuses empty quotes, no quotes, and two sources of quotes', async (t) => {
  for (const options of [{ quotes: [] }, { quotes: [' \n'] }, { quotes: ['x'], file: 'quotes.txt' }]) {
    t.equal(qotd.options.safeParse(options).success, false, JSON.stringify(options));
  }
});

t.test('finds the quotes in a text', async (t) => {
  const table = [
    ['one\ntwo\r\n\nthree', ['one', 'two', 'three']],
    ['first\n  -- someone\n%\nsecond\n', ['first\n  -- someone', 'second']],
    ['first\r\n%\r\nsecond\r\n%\r\n', ['first', 'second']],
    ['%\n%\nonly\n%', ['only']],
    ['50% of it\n100 %\n', ['50% of it', '100 %']],
    ['', []],
  ] as const;
  for (const [text, quotes] of table) t.same(parseQuotes(text), quotes, JSON.stringify(text));
});

t.test('reads them from a file, and leaves out what is too long to say', async (t) => {
  const folder = t.testdir({ 'quotes.txt': `short\n${'x'.repeat(510)}\n` });
  const context = createFakeContext();
  const service = await create({ file: join(folder, 'quotes.txt') }, context);
  t.equal(await ask(service), 'short\r\n');
  t.same(
    context.logs.map(({ message }) => message),
    ['1 of 2 quotes are longer than 511 bytes and never said'],
  );
});

t.test('does not start with a file that is missing, empty or larger than 1 MB', async (t) => {
  const folder = t.testdir({ empty: '\n', large: `${'x\n'.repeat(1 << 19)}x`, full: 'x\n'.repeat(1 << 19) });
  await t.rejects(create({ file: join(folder, 'missing') }), { code: 'ENOENT' });
  await t.rejects(create({ file: join(folder, 'empty') }), /expected quotes in .*empty, got none/);
  await t.rejects(create({ file: join(folder, 'large') }), /at most 1 MB, got more/);
  await t.resolves(create({ file: join(folder, 'full') }));
});

t.test('never answers a datagram with more bytes than came', async (t) => {
  const service = await create({ quotes: ['short', 'a longer one'] });
  t.same(await sendPacket(service, 'x'.repeat(13)), ['short\r\n'], 'a quote that fits is preferred');
  t.same(await sendPacket(service, 'x'.repeat(7)), ['short\r\n']);
  const [cut] = await sendPacket(service, 'x'.repeat(6));
  t.match(cut, /^(short\r|a long)$/, 'else it is the start of one');
  t.same(await sendPacket(service, ''), ['']);
  t.match(await sendPacket(service, 'x'.repeat(600)), [/^(short|a longer one)\r\n$/]);
});

t.test('cuts a quote between characters', async (t) => {
  const service = await create({ quotes: ['äöü'] });
  t.same(await sendPacket(service, 'xxx'), [Buffer.from('ä').toString('latin1')]);
  t.same(await sendPacket(service, 'x'), ['']);
});

t.test('never answers a port that would answer again', async (t) => {
  const service = await create({ quotes: ['x'] });
  for (const port of [0, 7, 13, 17, 19, 37]) {
    t.same(await sendPacket(service, 'x'.repeat(512), { peer: peerAt(port) }), [], `${port}`);
  }
});
