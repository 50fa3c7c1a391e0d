import { help, type Command } from './grammar.ts';
import type { Hub } from './hub.ts';
import type { Member } from './rooms.ts';

export interface Speaker {
  readonly hub: Hub;
  readonly member: Member;
  readonly reply: (line: string) => void;
}

/** Does what a member said. Whatever cannot be done is answered by a line that starts with "! ". */
export async function obey(command: Command, { hub, member, reply }: Speaker): Promise<'stay' | 'leave'> {
  const refuse = (reason: string | null): void => {
    if (reason !== null) reply(`! ${reason}`);
  };
  switch (command.type) {
    case 'nothing':
      break;
    case 'say':
      hub.say(member, command.text);
      break;
    case 'me':
      hub.act(member, command.text);
      break;
    case 'nick':
      refuse(await hub.rename(member, command.name));
      break;
    case 'join':
      refuse(hub.join(member, command.name));
      break;
    case 'msg':
      refuse(await hub.whisper(member, command.nick, command.text));
      break;
    case 'rooms':
      wrap(
        '* rooms:',
        hub.rooms().map(({ name, members }) => `${name} (${members})`),
      ).forEach(reply);
      break;
    case 'who':
      wrap(`* in ${member.room.name}:`, hub.who(member)).forEach(reply);
      break;
    case 'help':
      for (const line of help) reply(`* ${line}`);
      break;
    case 'quit':
      reply('* Goodbye');
      return 'leave';
    case 'mistake':
      refuse(command.message);
      break;
  }
  return 'stay';
}

/** "* in lobby: alice, bob", on as many lines as it takes. */
function wrap(label: string, items: readonly string[]): string[] {
  const lines: string[] = [];
  let line = label;
  for (const item of items) {
    if (line !== label && line.length + item.length > maxLineCharacters) {
      lines.push(line);
      line = label;
    }
    line += line === label ? ` ${item}` : `, ${item}`;
  }
  return [...lines, line];
}

const maxLineCharacters = 400;
