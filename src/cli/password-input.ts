import { StringDecoder } from 'node:string_decoder';

import { exitCodes, ExitError } from '../contract/errors.ts';
import type { Terminal, TerminalInput } from './terminal.ts';

/** What a password may be is said elsewhere; this only bounds what is kept of an endless line. */
const maxBytes = 8192;

/** A password from stdin: its first line; on a terminal what is typed, unseen, and the same again. */
export async function readPassword({ input, err }: Pick<Terminal, 'input' | 'err'>): Promise<string> {
  return input.isTTY === true ? await askTwice(input, err) : await readLine(input);
}

async function readLine(input: TerminalInput): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    const end = bytes.indexOf(0x0a);
    chunks.push(end < 0 ? bytes : bytes.subarray(0, end));
    length += bytes.length;
    if (end >= 0 || length > maxBytes) break;
  }
  const line = Buffer.concat(chunks);
  if (line.length === 0) throw unusable('expected a password on standard input');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line).replace(/\r$/, '');
  } catch {
    throw unusable('expected a password in UTF-8');
  }
}

async function askTwice(input: TerminalInput, show: (text: string) => void): Promise<string> {
  const keys = readKeys(input);
  input.setRawMode?.(true);
  try {
    const first = await ask('Password: ', keys, show);
    const second = await ask('Again: ', keys, show);
    if (first === second) return first;
    throw new ExitError(exitCodes.negative, 'that is not the same twice; nothing was changed');
  } finally {
    input.setRawMode?.(false);
    input.pause();
  }
}

const enter = ['\r', '\n'];
const erase = ['\u007f', '\b'];
const eraseAll = '\u0015';
const interrupts = ['\u0003', '\u0004'];

async function ask(prompt: string, keys: AsyncIterator<string>, show: (text: string) => void): Promise<string> {
  show(prompt);
  let typed: string[] = [];
  for (;;) {
    const { done, value: key } = await keys.next();
    const isEnd = done === true || interrupts.includes(key);
    // In raw mode the terminal makes no line ends of its own.
    if (isEnd || enter.includes(key)) show('\r\n');
    if (isEnd) throw new ExitError(exitCodes.negative, 'interrupted; nothing was changed');
    if (enter.includes(key)) return typed.join('');
    if (erase.includes(key)) typed = typed.slice(0, -1);
    else if (key === eraseAll) typed = [];
    else if (!/\p{Cc}/u.test(key) && typed.length < maxBytes) typed.push(key);
  }
}

/** One character at a time, across chunks. */
async function* readKeys(input: TerminalInput): AsyncGenerator<string, undefined> {
  const decoder = new StringDecoder('utf8');
  for await (const chunk of input) yield* decoder.write(Buffer.from(chunk));
  return undefined;
}

function unusable(message: string): ExitError {
  return new ExitError(exitCodes.usage, message);
}
