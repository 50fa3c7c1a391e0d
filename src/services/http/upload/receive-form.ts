import { once } from 'node:events';

import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';

import type { DeliveryDesk, Draft, Envelope, Receipt } from '../../../contract/delivery.ts';
import { formatLimit } from '../../../wire/size-text.ts';
import { readBody } from '../body.ts';
import { HttpError, type Exchange } from '../route.ts';
import { checkedName, mediaTypeOf, type Incoming } from './incoming.ts';

export interface FormLimits {
  /** Of all files together. */
  readonly maxBytes: number;
  readonly maxFiles: number;
}

export interface FormReceiver {
  readonly desk: DeliveryDesk;
  readonly limits: FormLimits;
  envelopeOf(incoming: Incoming): Envelope;
}

export interface Taken {
  readonly incoming: Incoming;
  readonly receipt: Receipt;
}

// Text fields are read past: nothing here asks for them.
const maxFields = 100;
const maxFieldBytes = 1024;
const maxHeaderBytes = 8 * 1024;
/** What of a form is not its files: boundaries, headers of parts, text fields. */
const maxOverheadBytes = 1024 * 1024;

/**
 * Takes in the files of a form (RFC 7578). None appears before the form has ended: an interrupted one leaves nothing, as the peer
 * could not know which of them have come.
 */
export async function receiveForm(exchange: Exchange, receiver: FormReceiver): Promise<Taken[]> {
  const form = parserFor(exchange, receiver.limits);
  await using drafts = new AsyncDisposableStack();
  const taking: Promise<Sealed | null>[] = [];
  const streams: BusboyFileStream[] = [];
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {});
  const count = createCount(receiver.limits.maxBytes);
  form.on('file', (_field, stream, fileName, _encoding, type) => {
    // The parser tells of an error twice; who reads the file hears of it by the form's.
    stream.on('error', () => {});
    streams.push(stream);
    const sealed = takeFile({ stream, fileName, type, receiver, drafts, count });
    sealed.catch(fail);
    taking.push(sealed);
  });
  form.on('error', () => fail(new HttpError(400, 'The form is malformed.')));
  form.on('filesLimit', () => fail(new HttpError(413, `A form may bring ${receiver.limits.maxFiles} files.`)));
  form.on('fieldsLimit', () => fail(new HttpError(413, `A form may have ${maxFields} fields.`)));
  form.on('partsLimit', () => fail(new HttpError(413, 'The form has too many parts.')));
  try {
    await feed(form, readBody(exchange.request, receiver.limits.maxBytes + maxOverheadBytes), failed);
    const sealed = (await Promise.race([Promise.all(taking), failed])).filter((file) => file !== null);
    return await commitAll(sealed);
  } finally {
    for (const stream of streams) stream.destroy();
    // One that is just beginning its draft is waited for, so that the draft is known to who cleans up.
    await Promise.allSettled(taking);
  }
}

function parserFor({ request }: Exchange, { maxFiles }: FormLimits): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': request.headers['content-type'] ?? '' },
      limits: {
        files: maxFiles,
        fields: maxFields,
        parts: maxFiles + maxFields,
        fieldSize: maxFieldBytes,
        headerPairs: 32,
        headerSize: maxHeaderBytes,
      },
    });
  } catch {
    throw new HttpError(400, 'The form is malformed.');
  }
}

/** Gives the parser the body, as fast as the files are written. */
async function feed(form: BusboyInstance, body: AsyncGenerator<Buffer>, failed: Promise<never>): Promise<void> {
  const finished = once(form, 'finish');
  finished.catch(() => {});
  for (;;) {
    const { value, done } = await Promise.race([body.next(), failed]);
    if (done === true) break;
    if (!form.write(value)) await Promise.race([once(form, 'drain'), failed]);
  }
  form.end();
  await Promise.race([finished, failed]);
}

interface Sealed {
  readonly incoming: Incoming;
  readonly draft: Draft;
}

interface FilePart {
  readonly stream: BusboyFileStream;
  readonly fileName: string | undefined;
  readonly type: string;
  readonly receiver: FormReceiver;
  readonly drafts: AsyncDisposableStack;
  readonly count: (bytes: number) => void;
}

/** null: an empty field for a file, as browsers send it when none was chosen. */
async function takeFile({ stream, fileName, type, receiver, drafts, count }: FilePart): Promise<Sealed | null> {
  const isNamed = fileName !== undefined && fileName !== '';
  const incoming = { name: isNamed ? checkedName(fileName) : null, mediaType: mediaTypeOf(type), size: null };
  const begin = async () => drafts.use(await receiver.desk.begin(receiver.envelopeOf(incoming)));
  let draft = isNamed ? await begin() : null;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    count(chunk.length);
    draft ??= await begin();
    await draft.write(chunk);
  }
  await draft?.seal();
  return draft === null ? null : { incoming, draft };
}

function createCount(maxBytes: number): (bytes: number) => void {
  let total = 0;
  return (bytes) => {
    total += bytes;
    if (total > maxBytes) throw new HttpError(413, `The files of the form are larger than ${formatLimit(maxBytes)}.`);
  };
}

async function commitAll(sealed: readonly Sealed[]): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (const { incoming, draft } of sealed) taken.push({ incoming, receipt: await draft.commit() });
  return taken;
}
