// Asks for a name and a password, and says what the account may do. examples/identity/identity.yaml names it by its path.
import { defineService, type Session } from 'portico';
import * as z from 'zod';

const maxBytes = 1024;

export default defineService({
  name: 'login',
  summary: 'Asks who you are',
  transports: ['stream'],
  options: z.strictObject({}),
  example: 'listen: tls://127.0.0.1:2031',
  create: () => ({
    async connection(session) {
      session.stream.write('Your name and password, with a space between:\r\n');
      const [, name = '', password = ''] = /^(\S+) (.+)$/.exec(await readLine(session)) ?? [];
      if (name !== '') session.stream.write(`${await answer(session, name, password)}\r\n`);
    },
  }),
});

async function answer(session: Session, name: string, password: string): Promise<string> {
  // Counts the failure, bans who has too many, and logs the outcome. Throws when nobody can tell now.
  const account = await session.authenticate({ name, password });
  // Whether the name or the password was wrong is not for the peer to know.
  if (account === null) return 'That is not right.';
  return `Welcome, ${account.name}. You may ${account.permissions.join(', ') || 'do nothing'}.`;
}

/** The first line, or as much of it as one may have; "" when none comes. */
async function readLine({ stream }: Session): Promise<string> {
  let read = Buffer.alloc(0);
  // Whoever stops reading here still wants to write.
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    read = Buffer.concat([read, chunk as Buffer]);
    if (read.includes('\n') || read.length >= maxBytes) break;
  }
  return read.subarray(0, maxBytes).toString().split(/\r?\n/, 1)[0] ?? '';
}
