import { setImmediate } from 'node:timers/promises';

import { carryOut, openVerbs } from './commands/index.ts';
import type { ControlLine, ControlReader } from './control/reader.ts';
import type { Dialogue, Outcome } from './dialogue.ts';
import { faultReply, isOurFault } from './files/fault-reply.ts';
import { tellLog } from '../../wire/tell-log.ts';
import { limitOf } from '../../wire/file-limit.ts';
import { parseCommand } from './grammar/parse-command.ts';
import { replies } from './replies.ts';

/** How a conversation ends: for good, or for TLS after this reply. */
export type Ending = 'over' | { readonly startTls: string };

// Who only makes mistakes is no peer of this protocol.
const maxErrorsInARow = 100;
const maxWaiting = 64;

/** Commands in their order, one after the other; those that a transfer concerns are heard during it. */
export async function converse(dialogue: Dialogue, reader: ControlReader): Promise<Ending> {
  const waiting: string[] = [];
  let reading: Promise<ControlLine | null> | null = null;
  let isOver = false;
  let errors = 0;

  for (;;) {
    const line = await nextLine();
    if (line === null) return 'over';
    const outcome = line === tooLong ? replies.overlong : await obey(line, dialogue);
    if (outcome === null) continue;
    if (typeof outcome === 'object' && 'startTls' in outcome) {
      // RFC 4217 15.1, and CVE-2011-0411: what was sent in clear must not be taken for what comes after the handshake.
      if (!(await hasMore())) return outcome;
      await dialogue.say('421 Text was sent behind AUTH\r\n');
      return 'over';
    }
    const text = typeof outcome === 'string' ? outcome : outcome.farewell;
    errors = text.startsWith('5') ? errors + 1 : 0;
    await dialogue.say(text);
    if (typeof outcome === 'object' || errors >= maxErrorsInARow) return 'over';
  }

  /** null: the peer has nothing more to say, and all of it is answered. */
  async function nextLine(): Promise<string | null> {
    for (;;) {
      const { transfer } = dialogue;
      const next = transfer === null ? waiting.shift() : undefined;
      if (next !== undefined) return next;
      if (isOver || waiting.length >= maxWaiting) {
        if (transfer === null) return null;
        await transfer.done;
        continue;
      }
      reading ??= reader.next();
      const came: ControlLine | null | 'done' = await (transfer === null
        ? reading
        : Promise.race([reading, transfer.done]));
      if (came === 'done') continue;
      reading = null;
      if (came === null) {
        isOver = true;
        if (transfer !== null) leave();
        continue;
      }
      const line = came === 'overlong' ? tooLong : came.text;
      if (transfer === null || isUrgent(line)) return line;
      waiting.push(line);
    }
  }

  /** Whether something has come behind the last command. What comes during a transfer is read ahead. */
  async function hasMore(): Promise<boolean> {
    if (waiting.length > 0 || !reader.isEmpty) return true;
    return reading !== null && (await Promise.race([reading, setImmediate('nothing')])) !== 'nothing';
  }

  /** The peer has gone in the middle of a transfer. Who has said QUIT before may. */
  function leave(): void {
    if (dialogue.house.quirks.leavesEarly || waiting.some((line) => /^ *QUIT *$/i.test(line))) return;
    dialogue.hasLeft = true;
    dialogue.transfer?.abort('left');
  }
}

/** No line that a peer can send. */
const tooLong = '\n';

/** RFC 959 4.1.3: these may come during a transfer, and are about it. */
function isUrgent(line: string): boolean {
  return /^ *(?:ABOR|STAT) *$/i.test(line);
}

async function obey(line: string, dialogue: Dialogue): Promise<Outcome> {
  // Some send an empty line to keep the connection alive.
  if (line.trim() === '') return null;
  const parsed = parseCommand(line, dialogue.house.quirks);
  if ('reply' in parsed) return parsed.reply;
  const { command } = parsed;
  if (dialogue.guest === null && !openVerbs.has(command.verb)) return replies.logInFirst;
  if (command.verb === 'ABOR' && dialogue.transfer !== null) return giveUp(dialogue);
  try {
    return await carryOut(command, dialogue);
  } catch (error) {
    const { session, house } = dialogue;
    tellLog({
      log: session.log,
      message: 'a command failed',
      fields: { command: command.verb },
      error,
      isOurs: isOurFault(error),
    });
    const limit = limitOf(error, { maxFileSize: house.options.max_file_size ?? null, account: session.account });
    if (limit !== null) session.log.notice('a file is refused', { account: session.account?.name, reason: limit });
    return faultReply(error) ?? replies.failed;
  }
}

/** RFC 959 4.1.3: 426 for the transfer, and 226 for ABOR. */
async function giveUp({ transfer }: Dialogue): Promise<Outcome> {
  transfer?.abort('asked');
  await transfer?.done;
  return replies.abortDone;
}
