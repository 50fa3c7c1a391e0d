import { Readable } from 'node:stream';

import t from 'tap';

import { sendStream } from '../../../../src/services/ftp/files/send-stream.ts';
import { calm, dataPair } from '../transfer/stage.ts';

t.test('sends what a source gives', async (t) => {
  const { data, far } = await dataPair(t);
  const sending = sendStream(data, Readable.from([Buffer.from('a\n'), Buffer.from('b')]), { ...calm, type: 'A' });
  t.equal((await far.rest()).toString(), 'a\r\nb');
  t.equal((await sending).bytes, 4);
});

// Regression: a source that never gave anything kept the session for ever.
t.test('does not wait for a source that gives nothing', async (t) => {
  const { data } = await dataPair(t);
  const source = new Readable({ read() {} });
  await t.rejects(sendStream(data, source, { ...calm, type: 'I', stallMs: 40 }), {
    message: 'nothing moved for 0.04 seconds',
  });
  t.ok(source.destroyed);
});
