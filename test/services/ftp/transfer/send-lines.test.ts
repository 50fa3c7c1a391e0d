import t from 'tap';

import { PeerError } from '../../../../src/contract/errors.ts';
import { sendLines } from '../../../../src/services/ftp/transfer/index.ts';
import { calm, dataPair } from './stage.ts';

t.test('lines with CRLF behind each, and the end', async (t) => {
  const { data, far } = await dataPair(t);
  const sending = sendLines(data, ['one', 'zwölf', ''], calm);
  t.equal((await far.rest()).toString(), 'one\r\nzwölf\r\n\r\n');
  t.equal((await sending).bytes, 15);
});

t.test('no lines are a listing, too', async (t) => {
  const { data, far } = await dataPair(t);
  const sending = sendLines(data, [], calm);
  t.equal((await far.rest()).length, 0);
  t.equal((await sending).bytes, 0);
});

t.test('a long listing waits for its reader', async (t) => {
  const { data, far } = await dataPair(t);
  let made = 0;
  async function* lines(): AsyncGenerator<string> {
    for (; made < 400_000; made++) yield `file-${String(made).padStart(60, '0')}`;
  }
  const sending = sendLines(data, lines(), calm);
  await far.bytes(1);
  t.ok(made < 400_000, 'it was not made at once');
  t.equal((await far.rest()).length + 1, 400_000 * 67);
  t.equal((await sending).bytes, 400_000 * 67);
});

t.test('what cannot be listed is told as it is', async (t) => {
  const { data } = await dataPair(t);
  async function* lines(): AsyncGenerator<string> {
    yield 'one';
    throw new Error('the folder has gone');
  }
  await t.rejects(sendLines(data, lines(), calm), { message: 'the folder has gone' });
});

t.test('a peer that leaves is at fault, and the listing ends', async (t) => {
  const { data, far } = await dataPair(t);
  let isOver = false;
  async function* lines(): AsyncGenerator<string> {
    try {
      for (;;) yield 'x'.repeat(1000);
    } finally {
      isOver = true;
    }
  }
  const sending = sendLines(data, lines(), calm);
  await far.bytes(1);
  far.reset();
  await t.rejects(sending, new PeerError('the peer broke off the data connection'));
  t.equal(isOver, true);
});
