import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Session } from '../../contract/index.ts';
import { type Line, readLines } from '../../wire/lines.ts';
import { createTelnetFilter } from '../../wire/telnet.ts';
import { obey } from './commands.ts';
import { decodeLine, parseCommand } from './grammar.ts';
import { maxReplayBytes, type Hub } from './hub.ts';
import type { ChatOptions } from './options.ts';
import type { createOutlets, Outlet } from './outlet.ts';
import { createPace } from './pace.ts';
import type { Member } from './rooms.ts';

/** What may wait for a peer that does not read, before it is dropped: a whole replay, and time to read it. */
export const maxQueuedBytes = maxReplayBytes + 128 * 1024;
/** Lines that a peer has for finding a nickname. */
export const maxNicknameTries = 5;

export interface ConversationOptions {
  readonly session: Session;
  readonly hub: Hub;
  readonly options: ChatOptions;
  readonly createOutlet: ReturnType<typeof createOutlets>;
}

/** One session, from the greeting to the last word. */
export async function converse({ session, hub, options, createOutlet }: ConversationOptions): Promise<void> {
  const { stream, signal } = session;
  const outlet = createOutlet(stream, {
    maxBytes: maxQueuedBytes,
    onOverflow() {
      session.log.notice('dropped: does not read what it is sent', { queued: stream.writableLength });
      // What is queued will not be read either: ending politely would keep it all in memory.
      stream.destroy();
    },
  });
  const reply = (line: string): void => outlet.send(Buffer.from(`${line}\r\n`));
  const telnet = createTelnetFilter();
  const filter = (chunk: Buffer): Buffer => telnet.push(chunk);
  const lines = readLines(stream, { maxBytes: options.max_line, signal, filter });

  for (const line of options.welcome.trimEnd().split(/\r?\n/)) reply(`* ${line}`);
  reply('* What is your nickname?');
  let member: Member | null = null;
  try {
    member = await askNickname({ lines, hub, outlet, reply });
    if (member !== null) await talk({ lines, hub, member, reply, options });
  } finally {
    if (member !== null) hub.leave(member);
    await lines.return();
  }
  if (signal.aborted) reply(`* Goodbye: ${endings[String(signal.reason)] ?? 'the session is over'}`);
  outlet.flush();
}

/** What a peer is told when a session is ended from outside. */
const endings: Readonly<Record<string, string>> = {
  idle: 'nothing was said for too long',
  session: 'the session has lasted as long as it may',
  kick: 'the session was ended by an administrator',
  drain: 'the server is going down',
};

type Reply = (line: string) => void;

interface Asking {
  readonly lines: AsyncGenerator<Line, void, void>;
  readonly hub: Hub;
  readonly outlet: Outlet;
  readonly reply: Reply;
}

/** null: the peer left, or found no nickname. */
async function askNickname({ lines, hub, outlet, reply }: Asking): Promise<Member | null> {
  for (let tries = 1; tries <= maxNicknameTries; tries += 1) {
    const { value: line, done } = await lines.next();
    if (done === true) return null;
    const text = decodeLine(line.bytes);
    if (text.trim().toLowerCase() === '/quit') return null;
    const entered = line.overlong ? 'line too long' : await hub.enter(text, outlet);
    if (typeof entered !== 'string') return entered;
    reply(`! ${entered}`);
    if (tries < maxNicknameTries) reply('* What is your nickname?');
  }
  reply('! too many tries');
  return null;
}

interface Talking {
  readonly lines: AsyncGenerator<Line, void, void>;
  readonly hub: Hub;
  readonly member: Member;
  readonly reply: Reply;
  readonly options: ChatOptions;
}

async function talk({ lines, hub, member, reply, options }: Talking): Promise<void> {
  const pace = createPace(options.rate);
  let isTooFast = false;

  for await (const line of lines) {
    if (!pace.take()) {
      // Said once for each run of lines. A turn of the event loop for each lets the others go first.
      if (!isTooFast) reply('! slow down: lines are not passed on');
      isTooFast = true;
      await nextTurn();
      continue;
    }
    isTooFast = false;
    if (line.overlong) {
      reply(`! line too long: ${options.max_line} bytes at the most`);
      continue;
    }
    const verdict = await obey(parseCommand(decodeLine(line.bytes)), { hub, member, reply });
    if (verdict === 'leave') return;
  }
}
