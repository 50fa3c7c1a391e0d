import { open } from 'node:fs/promises';

import * as z from 'zod';

import { path } from '../contract/options.ts';
import { defineService } from '../contract/service.ts';
import { isReflected } from '../wire/reflection.ts';
import { trialCommand } from '../wire/trial.ts';

/** RFC 865: "limited to less than 512 characters"; the line ending is among them. */
const maxQuoteBytes = 511;
const maxFileBytes = 1 << 20;

export default defineService({
  name: 'qotd',
  summary: 'Says a quote and hangs up (RFC 865)',
  transports: ['stream', 'datagram'],
  options: z
    .strictObject({
      quotes: z
        .array(z.string().refine(isQuote, `expected text of at most ${maxQuoteBytes} bytes with its line endings`))
        .nonempty()
        .optional()
        .describe('the quotes, of which each peer gets one by chance'),
      file: path()
        .optional()
        .describe(
          'a file of quotes instead, up to 1 MB: a line each, or parted by lines with a lone "%" as fortune has them',
        ),
    })
    .refine(({ quotes, file }) => quotes === undefined || file === undefined, {
      path: ['file'],
      message: 'expected either quotes or a file, not both',
    }),
  example: `listen: [tcp://127.0.0.1:2017, udp://127.0.0.1:2017]
quotes:
  - A protocol that fits on a page is still spoken in fifty years.`,
  trial: (address) => trialCommand(address, address.kind === 'udp' ? "printf '%512s'" : null),
  async create({ quotes, file }, { log }) {
    const texts = quotes ?? (file === undefined ? ownQuotes : parseQuotes(await readBounded(file)));
    const answers = texts.filter(isQuote).map(encodeQuote);
    const left = texts.length - answers.length;
    if (left > 0)
      log.warning(`${left} of ${texts.length} quotes are longer than ${maxQuoteBytes} bytes and never said`);
    if (answers.length === 0) throw new Error(`expected quotes in ${file}, got none that can be said`);
    return {
      connection({ stream }) {
        stream.write(pick(answers));
      },
      datagram(packet) {
        if (!isReflected(packet)) packet.reply(pickWithin(answers, packet.data.length));
      },
    };
  },
});

const ownQuotes = [
  'A protocol that fits on a page is still spoken in fifty years.',
  'The best error message is the one that names the line.',
  'Whoever waits without a timeout has all the time in the world.',
  'A buffer without a limit is a loan without a term.',
];

/** Quotes in fortune's format, where lines with a lone "%" part them, or else one a line. */
export function parseQuotes(text: string): string[] {
  const isFortune = /^%\r?$/m.test(text);
  const quotes = isFortune ? text.split(/^%\r?(?:\n|$)/m) : text.split('\n');
  return quotes.map((quote) => quote.trimEnd()).filter((quote) => quote !== '');
}

function isQuote(text: string): boolean {
  return text.trim() !== '' && encodeQuote(text).length <= maxQuoteBytes;
}

function encodeQuote(text: string): Buffer {
  return Buffer.from(`${text.trimEnd().replaceAll(/\r?\n/g, '\r\n')}\r\n`);
}

async function readBounded(file: string): Promise<string> {
  await using handle = await open(file);
  const bytes = Buffer.alloc(maxFileBytes + 1);
  let length = 0;
  for (let read = 1; read > 0 && length < bytes.length; length += read) {
    read = (await handle.read(bytes, length, bytes.length - length, null)).bytesRead;
  }
  if (length > maxFileBytes) throw new Error(`expected a file of at most 1 MB, got more: ${file}`);
  return bytes.toString('utf8', 0, length);
}

function pick(answers: readonly Buffer[]): Buffer {
  return answers[Math.floor(Math.random() * answers.length)] as Buffer;
}

/** Never more bytes than came, or a forged source would turn us on somebody else: a quote that fits, else the start of one. */
function pickWithin(answers: readonly Buffer[], maxBytes: number): Buffer {
  const picked = pick(answers);
  if (picked.length <= maxBytes) return picked;
  const fitting = answers.filter((answer) => answer.length <= maxBytes);
  return fitting.length > 0 ? pick(fitting) : startOf(picked, maxBytes);
}

/** Cut between two characters of UTF-8. */
function startOf(text: Buffer, maxBytes: number): Buffer {
  let end = maxBytes;
  while (end > 0 && ((text[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return text.subarray(0, end);
}
