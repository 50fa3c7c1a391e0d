import type { Entry } from '../../../contract/tree.ts';
import { beginTransfer, obstacle } from '../begin-transfer.ts';
import { guestOf, pathOf, type Dialogue, type Handlers, type Outcome } from '../dialogue.ts';
import { findListed, type Listed } from '../listing/entries.ts';
import { formatFacts } from '../listing/facts.ts';
import { lineSafe, lsLine } from '../listing/ls-line.ts';
import { sendListing } from '../listing/send-listing.ts';
import { replies, reply } from '../replies.ts';

// RFC 959 4.1.3, RFC 3659 7: what is in a folder, over a data connection.

export const listingCommands: Handlers<'LIST' | 'NLST' | 'MLSD'> = {
  LIST({ path, isEntryWanted }, dialogue) {
    const now = Date.now();
    return list(dialogue, { verb: 'LIST', path, isEntryWanted }, () => (entry) => lsLine(entry, now));
  },
  NLST({ path, isEntryWanted }, dialogue) {
    // RFC 1123 4.1.2.7: names as they can be used in RETR.
    const format =
      ({ prefix }: Listed) =>
      (entry: Entry) =>
        lineSafe(`${prefix}${entry.name}`);
    return list(dialogue, { verb: 'NLST', path, isEntryWanted }, format);
  },
  async MLSD({ path }, dialogue) {
    const { files, permissions } = guestOf(dialogue);
    const stop = obstacle(dialogue);
    if (stop !== null) return stop;
    // RFC 3659 7.2: of folders only.
    if ((await files.stat(pathOf(dialogue, path ?? '.'))).kind !== 'folder') return reply(501, 'That is no folder');
    const { facts } = dialogue;
    const format = () => (entry: Entry) => `${formatFacts(entry, facts, permissions)} ${lineSafe(entry.name)}`;
    return list(dialogue, { verb: 'MLSD', path, isEntryWanted: false }, format);
  },
};

interface Wanted {
  readonly verb: string;
  readonly path: string | null;
  readonly isEntryWanted: boolean;
}

type Format = (listed: Listed) => (entry: Entry) => string;

async function list(dialogue: Dialogue, { verb, path, isEntryWanted }: Wanted, format: Format): Promise<Outcome> {
  const stop = obstacle(dialogue);
  if (stop !== null) return stop;
  const { files, permissions } = guestOf(dialogue);
  if (!permissions.includes('list')) return reply(550, 'That is not allowed');
  const listed = await findListed(files, {
    written: path ?? '',
    path: pathOf(dialogue, path ?? '.'),
    isEntryWanted,
  });
  const { quirks, options } = dialogue.house;
  const lines = linesOf(listed, format(listed));
  return beginTransfer(dialogue, {
    title: path === null ? verb : `${verb} ${path}`,
    opening: reply(150, 'Here it comes'),
    async run(data, signal) {
      await sendListing(data, lines, { signal, stallMs: options.data_timeout, isLatin1: quirks.readsLatin1 });
      return replies.sent;
    },
    finish() {},
  });
}

async function* linesOf({ entries }: Listed, format: (entry: Entry) => string): AsyncGenerator<string, void, void> {
  for await (const entry of entries) yield format(entry);
}
