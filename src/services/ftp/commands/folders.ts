import { guestOf, pathOf, type Dialogue, type Handlers, type Outcome } from '../dialogue.ts';
import { isFault } from '../files/fault-reply.ts';
import { makeFolders } from '../files/make-folders.ts';
import { quoted, replies, reply } from '../replies.ts';

// RFC 959 4.1.1 and 4.1.3: folders, and what is done with names.

export const folderCommands: Handlers<'CWD' | 'CDUP' | 'PWD' | 'MKD' | 'RMD' | 'DELE' | 'RNFR' | 'RNTO'> = {
  CWD: ({ path }, dialogue) => enter(dialogue, pathOf(dialogue, path)),
  CDUP: (_command, dialogue) => enter(dialogue, pathOf(dialogue, '..')),
  PWD: (_command, { cwd }) => reply(257, `${quoted(cwd)} is where you are`),
  async MKD({ path }, dialogue) {
    const folder = pathOf(dialogue, path);
    const { files } = guestOf(dialogue);
    try {
      const { umask } = dialogue.house.options;
      await files.makeFolder(folder, umask === undefined ? null : 0o777 & ~umask);
    } catch (error) {
      const isThere = dialogue.house.quirks.mayMakeTwice && isFault(error, 'exists');
      if (!isThere || (await files.stat(folder)).kind !== 'folder') throw error;
    }
    return reply(257, `${quoted(folder)} is there`);
  },
  async RMD({ path }, dialogue) {
    await guestOf(dialogue).files.removeFolder(pathOf(dialogue, path));
    return replies.done;
  },
  async DELE({ path }, dialogue) {
    await guestOf(dialogue).files.remove(pathOf(dialogue, path));
    return replies.done;
  },
  async RNFR({ path }, dialogue) {
    const { files, permissions } = guestOf(dialogue);
    if (!permissions.includes('rename')) return reply(550, 'That is not allowed');
    const from = pathOf(dialogue, path);
    // Who may neither list nor read cannot be told whether there is something, but may move it all the same.
    await files.lstat(from).catch(unlessDenied);
    dialogue.renameFrom = from;
    return reply(350, 'And the new name?');
  },
  async RNTO({ path }, dialogue) {
    const from = dialogue.renameFrom;
    if (from === null) return reply(503, 'RNFR comes first');
    dialogue.renameFrom = null;
    await guestOf(dialogue).files.rename(from, pathOf(dialogue, path), true);
    return replies.done;
  },
};

async function enter(dialogue: Dialogue, folder: string): Promise<Outcome> {
  const { files } = guestOf(dialogue);
  const found = await files.stat(folder).catch(async (error: unknown) => {
    if (!dialogue.house.quirks.makesFolders || !isFault(error, 'missing')) throw error;
    await makeFolders(files, folder);
    return files.stat(folder);
  });
  if (found.kind !== 'folder') return reply(550, 'That is no folder');
  await files.enter?.(folder);
  dialogue.cwd = folder;
  return reply(250, `${quoted(folder)} is where you are`);
}

function unlessDenied(error: unknown): void {
  if (!isFault(error, 'denied')) throw error;
}
