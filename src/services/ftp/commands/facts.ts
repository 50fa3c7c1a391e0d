import { guestOf, pathOf, type Dialogue, type Handlers } from '../dialogue.ts';
import { isFault } from '../files/fault-reply.ts';
import { formatStamp } from '../grammar/stamp.ts';
import { formatFacts } from '../listing/facts.ts';
import { lineSafe } from '../listing/ls-line.ts';
import { multiline, replies, reply } from '../replies.ts';

// RFC 3659, and MFMT, which is in use: what is known of one file, over the control connection.

export const factCommands: Handlers<'SIZE' | 'MDTM' | 'MFMT' | 'MLST'> = {
  async SIZE({ path }, dialogue) {
    // RFC 3659 4: as many bytes as would be sent, which for lines of text nobody knows without reading the file.
    if (dialogue.type === 'A') return reply(550, 'SIZE is not told in ASCII: TYPE I comes first');
    const { kind, size } = await guestOf(dialogue).files.stat(pathOf(dialogue, path));
    return kind === 'file' ? reply(213, String(size)) : reply(550, 'That is no file');
  },
  async MDTM({ path, modified, text }, dialogue) {
    if (modified !== null && (await isMissing(dialogue, text))) return setModified(dialogue, path, modified);
    const entry = await guestOf(dialogue).files.stat(pathOf(dialogue, text));
    return reply(213, formatStamp(entry.modified));
  },
  MFMT: ({ path, modified }, dialogue) => setModified(dialogue, path, modified),
  async MLST({ path }, dialogue) {
    const { files, permissions } = guestOf(dialogue);
    const full = pathOf(dialogue, path ?? '.');
    const facts = formatFacts(await files.stat(full), dialogue.facts, permissions);
    return multiline(250, 'It is', [`${facts} ${lineSafe(full)}`]);
  },
};

async function setModified(dialogue: Dialogue, path: string, modified: number): Promise<string> {
  const { files, isAnonymous } = guestOf(dialogue);
  if (isAnonymous) return replies.notAnonymous;
  await files.setTimes(pathOf(dialogue, path), null, modified);
  return reply(213, `Modify=${formatStamp(modified)}; ${lineSafe(path)}`);
}

async function isMissing(dialogue: Dialogue, path: string): Promise<boolean> {
  try {
    await guestOf(dialogue).files.stat(pathOf(dialogue, path));
    return false;
  } catch (error) {
    if (isFault(error, 'missing')) return true;
    throw error;
  }
}
