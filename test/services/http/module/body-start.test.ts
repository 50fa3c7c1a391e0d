import t from 'tap';

import { bytesOf, startOf } from '../../../../src/services/http/module/body-start.ts';

function readerOf(start: (controller: ReadableStreamDefaultController<Uint8Array>) => unknown) {
  return new ReadableStream<Uint8Array>({ start: (controller) => void start(controller) }).getReader();
}

t.test('what is there at once is whole', async (t) => {
  for (const text of ['', 'hello']) {
    const reader = (new Response(text).body as ReadableStream<Uint8Array>).getReader();
    const { chunks, length, pending } = await startOf(reader);
    t.equal(Buffer.concat(chunks).toString(), text);
    t.equal(length, text.length);
    t.equal(pending, null);
  }
});

t.test('what is still to come is not waited for', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const reader = readerOf(async (controller) => {
    controller.enqueue(Buffer.from('one'));
    await promise;
    controller.close();
  });
  const { length, pending } = await startOf(reader);
  t.equal(length, 3);
  resolve();
  t.equal((await pending)?.done, true);
});

t.test('much is not gathered', async (t) => {
  const many = await startOf(readerOf((controller) => [1, 2, 3].forEach((n) => controller.enqueue(Buffer.of(n)))));
  t.equal(many.length, 2);
  t.same((await many.pending)?.value, Buffer.of(3));
  const large = await startOf(readerOf((controller) => [1, 2].forEach(() => controller.enqueue(Buffer.alloc(65_536)))));
  t.equal(large.length, 65_536);
});

t.test('a body that fails', async (t) => {
  await t.rejects(startOf(readerOf((controller) => controller.error(new Error('lost')))), { message: 'lost' });
});

t.test('chunks are bytes', async (t) => {
  t.same(bytesOf(Uint8Array.of(1)), Uint8Array.of(1));
  for (const chunk of ['text', null, undefined, 1, [1], new ArrayBuffer(1)])
    t.throws(() => bytesOf(chunk), { message: 'the body of a Response gave something that is not bytes' });
});
