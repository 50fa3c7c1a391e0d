import { once } from 'node:events';

import t from 'tap';

import { PeerError } from '../../../../src/contract/errors.ts';
import { sendFile } from '../../../../src/services/ftp/transfer/index.ts';
import { calm, dataPair, openFile } from './stage.ts';

t.test('sends a file as it is, and ends', async (t) => {
  const { data, far } = await dataPair(t);
  const contents = Buffer.alloc(3_000_000, 'line\n');
  const file = openFile(t, contents);
  const [got, result] = await Promise.all([far.rest(), sendFile(data, file, { ...calm, offset: 0, type: 'I' })]);
  t.ok(got.equals(contents));
  t.equal(result.bytes, 3_000_000);
  t.ok(result.durationMs > 0);
});

t.test('sends what follows an offset', async (t) => {
  for (const [offset, expected] of [
    [3, 'de'],
    [5, ''],
    [6, ''],
  ] as const) {
    const { data, far } = await dataPair(t);
    const sending = sendFile(data, openFile(t, 'abcde'), { ...calm, offset, type: 'I' });
    t.equal((await far.rest()).toString(), expected);
    t.equal((await sending).bytes, expected.length);
  }
});

t.test('text goes out with CRLF, over many reads', async (t) => {
  const { data, far } = await dataPair(t);
  const line = `${'x'.repeat(76)}\n`;
  const sending = sendFile(data, openFile(t, line.repeat(20_000)), { ...calm, offset: 0, type: 'A' });
  const expected = `${'x'.repeat(76)}\r\n`.repeat(20_000);
  t.ok((await far.rest()).toString() === expected);
  t.equal((await sending).bytes, expected.length);
});

t.test('text from an offset', async (t) => {
  const { data, far } = await dataPair(t);
  const sending = sendFile(data, openFile(t, 'a\nb\nc\n'), { ...calm, offset: 2, type: 'A' });
  t.equal((await far.rest()).toString(), 'b\r\nc\r\n');
  await sending;
});

t.test('a peer that breaks off is at fault', async (t) => {
  for (const type of ['A', 'I'] as const) {
    const { data, far } = await dataPair(t);
    const sending = sendFile(data, openFile(t, Buffer.alloc(50_000_000, 'a\n')), { ...calm, offset: 0, type });
    await far.bytes(1);
    far.reset();
    await t.rejects(sending, new PeerError('the peer broke off the data connection'));
  }
});

t.test('who takes nothing is cut off', async (t) => {
  const { data } = await dataPair(t);
  const file = openFile(t, Buffer.alloc(50_000_000));
  await t.rejects(
    sendFile(data, file, { ...calm, stallMs: 200, offset: 0, type: 'I' }),
    new PeerError('nothing moved for 0.2 seconds'),
  );
  t.equal(data.stream.destroyed, true);
});

t.test('a signal cuts it off', async (t) => {
  const { data, far } = await dataPair(t);
  const controller = new AbortController();
  const file = openFile(t, Buffer.alloc(50_000_000));
  const sending = sendFile(data, file, { ...calm, signal: controller.signal, offset: 0, type: 'I' });
  await far.bytes(1);
  controller.abort('asked');
  t.equal(await sending.catch((reason: unknown) => reason), 'asked');
  far.socket.on('error', () => {});
  await Promise.race([once(far.socket, 'error'), far.rest()]);
  const late = sendFile(data, file, { ...calm, signal: controller.signal, offset: 0, type: 'I' });
  t.equal(await late.catch((reason: unknown) => reason), 'asked');
});

t.test('a file that has become shorter is told of', async (t) => {
  const { data } = await dataPair(t);
  const file = openFile(t, 'abc');
  const longer = { ...file, entry: { ...file.entry, size: 10 } };
  for (const type of ['A', 'I'] as const) {
    await t.rejects(sendFile(data, longer, { ...calm, offset: 0, type }), {
      message: 'send a file: it has become shorter',
    });
  }
});
