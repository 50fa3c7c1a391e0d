import t from 'tap';

import type { DataConnection } from '../../../../src/contract/data-connection.ts';
import { NoSpaceError } from '../../../../src/contract/delivery.ts';
import { PeerError } from '../../../../src/contract/errors.ts';
import { receiveFile } from '../../../../src/services/ftp/transfer/index.ts';
import { calm, dataPair, memoryDraft } from './stage.ts';

const binary = { ...calm, type: 'I', toleratesCut: false } as const;

t.test('takes all that comes, and ends its own direction', async (t) => {
  const { data, far } = await dataPair(t);
  const { draft, bytes } = memoryDraft();
  const receiving = receiveFile(data, draft, binary);
  const sent = Buffer.alloc(2_000_000, 'a\r\n');
  await far.write(sent);
  far.end();
  const { bytes: count } = await receiving;
  t.ok(bytes().equals(sent));
  t.equal(count, 2_000_000);
  t.equal((await far.rest()).length, 0);
});

t.test('text comes in with LF, and a CR at the very end stays', async (t) => {
  const { data, far } = await dataPair(t);
  const { draft, bytes } = memoryDraft();
  const receiving = receiveFile(data, draft, { ...binary, type: 'A' });
  await far.write('one\r');
  await far.write('\ntwo\r\nthree\r');
  far.end();
  t.equal((await receiving).bytes, 16);
  t.equal(bytes().toString(), 'one\ntwo\nthree\r');
});

t.test('errors of the file are passed on as they are', async (t) => {
  const { data, far } = await dataPair(t);
  const full = new NoSpaceError('there is no room');
  const { draft } = memoryDraft(async () => {
    throw full;
  });
  const receiving = receiveFile(data, draft, binary);
  await far.write('a');
  t.equal(await receiving.catch((error: unknown) => error), full);
});

t.test('a reset is no end of a file', async (t) => {
  const { data, far } = await dataPair(t);
  const receiving = receiveFile(data, memoryDraft().draft, binary);
  await far.write('half');
  far.reset();
  await t.rejects(receiving, new PeerError('the peer broke off the data connection'));
});

t.test('who sends nothing is cut off', async (t) => {
  const { data, far } = await dataPair(t);
  const receiving = receiveFile(data, memoryDraft().draft, { ...binary, stallMs: 20 });
  await t.rejects(receiving, new PeerError('nothing moved for 0.02 seconds'));
  await far.rest();
});

t.test('a signal cuts it off', async (t) => {
  const { data, far } = await dataPair(t);
  const controller = new AbortController();
  const receiving = receiveFile(data, memoryDraft().draft, { ...binary, signal: controller.signal });
  await far.write('half');
  controller.abort('asked');
  t.equal(await receiving.catch((reason: unknown) => reason), 'asked');
});

t.test('an end that TLS does not know of is none, unless that is tolerated', async (t) => {
  for (const toleratesCut of [false, true]) {
    const { draft, bytes } = memoryDraft();
    const data = {
      isCut: true,
      moved: 0,
      stream: { destroy() {} },
      receive: (take: (chunk: Buffer) => Promise<void>) => take(Buffer.from('half')),
      end: async () => {},
    } as unknown as DataConnection;
    const receiving = receiveFile(data, draft, { ...binary, toleratesCut });
    if (toleratesCut) t.equal((await receiving).bytes, 4);
    else await t.rejects(receiving, { name: 'PeerError', message: /^the data connection ended without TLS saying so/ });
    t.equal(bytes().toString(), 'half');
  }
});

// Regression: a file system that never came to the end of a write kept the session for ever.
t.test('what takes too long to be taken is cut', async (t) => {
  const { data, far } = await dataPair(t);
  const { draft } = memoryDraft(() => new Promise(() => {}));
  const receiving = receiveFile(data, draft, { ...binary, stallMs: 40 });
  await far.write('a');
  await t.rejects(receiving, { message: 'nothing moved for 0.04 seconds' });
});
