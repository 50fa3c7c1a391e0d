import type { DeliveryDesk, Envelope } from '../contract/delivery.ts';
import { fitForFileName, maxFileNameBytes } from '../wire/file-name.ts';
import type { DeliverableFile, Delivered } from './draft.ts';

const chunkBytes = 1024 ** 2;

/** Copies a draft into the desk of its service, in large pieces. What comes of it is to be committed, or disposed of. */
export async function deliverFile(
  desk: DeliveryDesk,
  envelope: Omit<Envelope, 'size'>,
  file: DeliverableFile,
): Promise<Delivered> {
  await using started = new AsyncDisposableStack();
  const draft = started.use(await desk.begin({ ...envelope, size: file.size }));
  for (let at = 0; at < file.size;) {
    // Each is the draft's from then on.
    const chunk = Buffer.allocUnsafeSlow(Math.min(chunkBytes, file.size - at));
    const bytes = await file.read(chunk, at);
    if (bytes === 0) throw new Error('the file has become shorter');
    await draft.write(chunk.subarray(0, bytes));
    at += bytes;
  }
  if (file.size > 0) await draft.seal();
  const kept = started.move();
  return {
    commit: () => draft.commit(),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A name of a file in the tree, as deliveries take it: they allow less. */
export function deliveryName(name: string): string {
  const fit = fitForFileName(name).replace(/^\./, '_');
  return Buffer.byteLength(fit) <= maxFileNameBytes ? fit : 'file';
}
