import type { Entry } from '../../../contract/tree.ts';
import { guestOf, pathOf, type Dialogue, type Handlers } from '../dialogue.ts';
import { findListed } from '../listing/entries.ts';
import { lsLine } from '../listing/ls-line.ts';
import { multiline, replies, reply } from '../replies.ts';
import { isOurFault } from '../files/fault-reply.ts';
import { tellLog } from '../../../wire/tell-log.ts';

/** RFC 959 4.1.3: of the session, of a transfer, or of files, over the control connection. */
export const statusCommands: Handlers<'STAT'> = {
  async STAT({ path }, dialogue) {
    if (path === null) return multiline(211, 'This is how it is', status(dialogue));
    if (dialogue.guest === null) return replies.logInFirst;
    const { files, permissions } = guestOf(dialogue);
    if (!permissions.includes('list')) return reply(550, 'That is not allowed');
    const listed = await findListed(files, { written: path, path: pathOf(dialogue, path), isEntryWanted: false });
    const entries = await begun(listed.entries);
    await dialogue.say('213-These are there\r\n');
    try {
      await sayEntries(dialogue, entries);
      return reply(213, 'End');
    } catch (error) {
      // What has begun with 213 ends with it (RFC 959 4.2).
      tellLog({
        log: dialogue.session.log,
        message: 'a folder could not be listed to its end',
        fields: {},
        error,
        isOurs: isOurFault(error),
      });
      return reply(213, 'End, though there may be more');
    }
  },
};

function status({ session, guest, cwd, type, channel, transfer }: Dialogue): string[] {
  const who = guest === null ? 'nobody' : guest.isAnonymous ? 'anonymous' : (session.account?.name ?? 'somebody');
  return [
    `Logged in: ${who}`,
    `Folder: ${cwd}`,
    `Type: ${type === 'A' ? 'ASCII' : 'binary'}`,
    `TLS: ${session.tls?.protocol ?? 'none'}, of data connections: ${channel.isProtected ? 'yes' : 'no'}`,
    transfer === null ? 'No transfer' : `${transfer.title}: ${transfer.bytes} bytes so far`,
  ];
}

/** The same, once the first is there: a folder that cannot be listed is refused before anything is said of it. */
async function begun(entries: AsyncIterable<Entry> | Iterable<Entry>): Promise<AsyncIterable<Entry>> {
  const all = (async function* () {
    yield* entries;
  })();
  const first = await all.next();
  return (async function* () {
    if (first.done !== true) yield first.value;
    yield* all;
  })();
}

const chunkCharacters = 16_384;

/** As the peer takes them: a folder may be larger than what is to be kept for it. */
async function sayEntries(dialogue: Dialogue, entries: AsyncIterable<Entry> | Iterable<Entry>): Promise<void> {
  const now = Date.now();
  let text = '';
  for await (const entry of entries) {
    text += ` ${lsLine(entry, now)}\r\n`;
    if (text.length < chunkCharacters) continue;
    await dialogue.say(text);
    text = '';
    if (dialogue.session.stream.destroyed) return;
  }
  await dialogue.say(text);
}
