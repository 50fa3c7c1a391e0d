import type { Readable } from 'node:stream';

import type { DeliveryDesk, Draft, Envelope, Receipt } from '../../contract/delivery.ts';
import type { MailFacts } from '../../contract/item.ts';
import { createGathered } from '../../wire/gathered.ts';
import type { MailField } from '../../wire/mail-header.ts';
import type { Held } from './checks.ts';
import { createHeaderGate } from './header-gate.ts';
import { createLineLimit } from './line-limit.ts';
import { replies } from './reply.ts';

export interface IncomingMail {
  readonly envelope: Envelope & { readonly mail: MailFacts };
  /** Lines that go before the message. */
  readonly trace: string;
  isForged(field: MailField): boolean;
  /** Bytes. */
  readonly maxSize: number;
  /** Bytes in the fullest of the mailboxes it goes to; null: no limit. */
  readonly room: number | null;
  /** A line of it did not end with CRLF. */
  isBroken(): boolean;
  /** What is found out about a whole message, as lines that go before it; null: nothing is asked. */
  readonly check: {
    hold(): Held;
    linesFor(message: readonly Uint8Array[]): Promise<string>;
  } | null;
}

/**
 * Takes a message in. Resolves when it is safe; throws the SmtpReply that is the answer, and then the rest of the stream is
 * still to be read.
 */
export async function receiveMail(stream: Readable, mail: IncomingMail, desk: DeliveryDesk): Promise<Receipt> {
  await using draft = await desk.begin(mail.envelope);
  const gate = createHeaderGate(mail);
  const lines = createLineLimit();
  // With `check`, what goes on top is known last.
  const kept = createGathered();
  using held = mail.check?.hold() ?? null;
  const take = async (parts: readonly Buffer[]): Promise<void> => {
    if (mail.check === null) await writeAll(draft, parts);
    else for (const part of parts) kept.add(part);
  };
  let size = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mail.maxSize) throw replies.tooBig(mail.maxSize);
    if (mail.isBroken()) throw replies.brokenLines();
    held?.grow(chunk.length);
    lines.look(chunk);
    await take(gate.pass(chunk));
  }
  if (mail.isBroken()) throw replies.brokenLines();
  if (mail.room !== null && size > mail.room) throw replies.mailboxFull();
  await take(gate.end());
  if (mail.check !== null) {
    const message = kept.take();
    await writeAll(draft, [Buffer.from(await mail.check.linesFor(message), 'latin1'), ...message]);
  }
  return await draft.commit({ mail: { ...mail.envelope.mail, subject: gate.subject } });
}

async function writeAll(draft: Draft, parts: readonly Uint8Array[]): Promise<void> {
  for (const part of parts) if (part.length > 0) await draft.write(part);
}

/** Reads what is left, at most so much; false: there was more. */
export async function readRest(stream: Readable, maxBytes: number): Promise<boolean> {
  if (stream.readableEnded) return true;
  let size = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) return false;
  }
  return true;
}
