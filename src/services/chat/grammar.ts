// A line from a peer becomes a command. Pure; untrusted text.

export type Command =
  | { readonly type: 'say' | 'me'; readonly text: string }
  | { readonly type: 'nick' | 'join'; readonly name: string }
  | { readonly type: 'msg'; readonly nick: string; readonly text: string }
  | { readonly type: 'rooms' | 'who' | 'help' | 'quit' | 'nothing' }
  | { readonly type: 'mistake'; readonly message: string };

export function parseCommand(line: string): Command {
  if (line.trim() === '') return { type: 'nothing' };
  if (!line.startsWith('/')) return { type: 'say', text: line };
  // How to say something that begins with a slash.
  if (line.startsWith('//')) return { type: 'say', text: line.slice(1) };

  const [, name = '', rest = ''] = /^\/(\S*)\s*(.*)$/s.exec(line.trimEnd()) ?? [];
  switch (name.toLowerCase()) {
    case 'nick':
      return rest === '' ? mistake('/nick NEW') : { type: 'nick', name: rest };
    case 'join':
      return rest === '' ? mistake('/join ROOM') : { type: 'join', name: rest };
    case 'me':
      return rest === '' ? mistake('/me text') : { type: 'me', text: rest };
    case 'msg': {
      const [, nick, text] = /^(\S+)\s+(.+)$/s.exec(rest) ?? [];
      return nick === undefined || text === undefined ? mistake('/msg NICK text') : { type: 'msg', nick, text };
    }
    case 'rooms':
      return { type: 'rooms' };
    case 'who':
      return { type: 'who' };
    case 'help':
      return { type: 'help' };
    case 'quit':
      return { type: 'quit' };
    default:
      return { type: 'mistake', message: `no such command: /${name.slice(0, 32)} (try /help)` };
  }
}

function mistake(usage: string): Command {
  return { type: 'mistake', message: `usage: ${usage}` };
}

export const help = [
  'text goes to everyone in the room; //text says a line that begins with /',
  '/nick NEW        another nickname',
  '/join ROOM       go to a room; a new one is opened',
  '/rooms           the rooms, and how many are in them',
  '/who             who is in the room',
  '/msg NICK text   to one person only',
  '/me text         what you are doing',
  '/quit            leave',
] as const;

/**
 * The text of a line. Bytes that are no UTF-8 become U+FFFD. What would act on a terminal or turn the order of the letters
 * around is taken out: control characters but the tab, line separators, bidirectional overrides and isolates, byte order marks.
 */
export function decodeLine(bytes: Buffer): string {
  return cleanText(bytes.toString('utf8'));
}

export function cleanText(text: string): string {
  return text.replace(unwanted, '');
}

const unwanted = /[^\P{Cc}\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;
