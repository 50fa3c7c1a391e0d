import { decodeEncodedWords } from '../../wire/encoded-words.ts';
import { createGathered } from '../../wire/gathered.ts';
import { endOfHeader, readMailHeader, valueOfField, type MailField } from '../../wire/mail-header.ts';
import { SmtpReply } from './reply.ts';

/** Holds a message back until its header is whole, and lets it go with our lines on top. */
export interface HeaderGate {
  /** What may be written of the message so far. Throws an SmtpReply for a header that is not taken. */
  pass(chunk: Buffer): Buffer[];
  /** The rest, of a message that was nothing but a header. */
  end(): Buffer[];
  readonly subject: string | null;
}

export interface HeaderGateOptions {
  /** Lines that go before the message, in latin1. */
  readonly trace: string;
  /** Fields that others may have put there, and must not stay. */
  isForged(field: MailField): boolean;
}

const maxHeaderBytes = 256 * 1024;
// RFC 5321 6.3: at least 100 would be generous; mail that came by so many servers goes round in circles.
const maxReceived = 50;

export function createHeaderGate({ trace, isForged }: HeaderGateOptions): HeaderGate {
  const held = createGathered();
  let isOpen = false;
  // A message that begins with an empty line has a header, too: none.
  let tail: Buffer = Buffer.from('\r\n');
  let subject: string | null = null;

  return {
    pass(chunk) {
      if (isOpen) return [chunk];
      held.add(chunk);
      // Only what is new is looked through, or a message that comes byte by byte would cost its square.
      const seam = Buffer.concat([tail, chunk]);
      tail = seam.subarray(-3);
      if (!seam.includes('\r\n\r\n')) {
        if (held.length > maxHeaderBytes) throw tooLarge();
        return [];
      }
      const message = Buffer.concat(held.take());
      const end = endOfHeader(message);
      if (end > maxHeaderBytes) throw tooLarge();
      return open(message, end);
    },
    end() {
      if (isOpen) return [];
      const message = Buffer.concat(held.take());
      return open(message, message.length);
    },
    get subject() {
      return subject;
    },
  };

  function open(message: Buffer, end: number): Buffer[] {
    isOpen = true;
    const header = readMailHeader(message.subarray(0, end));
    const received = header.fields.filter(({ name }) => name === 'received');
    if (received.length > maxReceived) throw new SmtpReply(554, '5.4.6 The message goes round in circles');
    const named = header.fields.find(({ name }) => name === 'subject');
    subject = named === undefined ? null : decodeEncodedWords(valueOfField(named));
    const kept = header.fields.filter((field) => field.name !== 'return-path' && !isForged(field));
    const rest = message.subarray(header.end);
    // A text without a header, as simple programs send it: it must not become one.
    const gap = header.end < end ? '\r\n' : '';
    return [Buffer.from(`${trace}${kept.map(({ text }) => text).join('')}${gap}`, 'latin1'), rest];
  }
}

function tooLarge(): SmtpReply {
  return new SmtpReply(552, `5.3.4 The header is larger than ${maxHeaderBytes} bytes`);
}
