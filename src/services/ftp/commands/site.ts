import { guestOf, pathOf, type Handlers } from '../dialogue.ts';
import { multiline, replies, reply } from '../replies.ts';

/** What no standard has, but programs ask for. */
export const siteCommands: Handlers<'SITE'> = {
  async SITE({ action }, dialogue) {
    if (action.kind === 'help') return multiline(214, 'These are there', help);
    const { files, isAnonymous } = guestOf(dialogue);
    if (isAnonymous) return replies.notAnonymous;
    const path = pathOf(dialogue, action.path);
    if (action.kind === 'chmod') await files.setMode(path, action.mode);
    else await files.setTimes(path, null, action.modified);
    return reply(200, 'Done');
  },
};

const help = ['CHMOD 644 path', 'UTIME YYYYMMDDhhmmss path', 'HELP'];
