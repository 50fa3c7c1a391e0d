import { account } from '../configuration.ts';
import type { Connection } from '../connection.ts';
import { bodyOf, findItem } from '../item.ts';
import { expect, PutOff, Wrong } from '../outcome.ts';
import type { Traffic } from '../visit.ts';

/** Mail for a delivery, and mail for a mailbox. */
export const smtp: Traffic = {
  name: 'smtp',
  services: ['smtp'],
  async visit(visit) {
    const peer = await visit.dial(visit.ports.smtp);
    try {
      await answerOf(peer, '220');
      await ask(peer, 'EHLO peer.example', '250');
      for (let mail = 0; mail < 3; mail += 1) {
        const isForAlice = visit.random.below(2) === 0;
        const id = visit.ledger.nextItem(isForAlice ? 'mailbox' : 'mail');
        await ask(peer, 'MAIL FROM:<a@from.example>', '250');
        await ask(peer, `RCPT TO:<${isForAlice ? account.address : 'x@scans.example'}>`, '250');
        await ask(peer, 'DATA', '354');
        const text = `Subject: ${id}\n\n${bodyOf(id)}`;
        await ask(peer, `${text.replaceAll('\n', '\r\n')}.`, '250');
        visit.acknowledged(id);
      }
      await ask(peer, 'QUIT', '221');
    } finally {
      peer.destroy();
    }
  },
};

const mostMessages = 40;

/** Fetches what is in the mailbox, and removes it. */
export const pop3: Traffic = {
  name: 'pop3',
  services: ['pop3'],
  // One at a time may have a mailbox.
  peers: 1,
  async visit(visit) {
    const peer = await visit.dial(visit.ports.pop3);
    try {
      // Who has not logged in when a worker is told to end is hung up on.
      const login = async (): Promise<void> => {
        await say(peer);
        await say(peer, `USER ${account.name}`);
        await say(peer, `PASS ${account.password}`);
      };
      await login().catch((error: Error) => {
        throw isHangUp(error) ? new PutOff(error.message) : error;
      });
      const count = Number((await say(peer, 'STAT')).split(' ')[1]);
      for (let number = 1; number <= Math.min(count, mostMessages); number += 1) {
        await say(peer, `RETR ${number}`);
        const item = findItem(await message(peer));
        if (item === null || !item.isWhole) throw new Wrong(`a message that is not whole: ${item?.id}`);
        visit.ledger.fetched.add(item.id);
        await say(peer, `DELE ${number}`);
      }
      await say(peer, 'QUIT');
    } finally {
      peer.destroy();
    }
  },
};

async function ask(peer: Connection, line: string, wanted: string): Promise<void> {
  peer.write(`${line}\r\n`);
  await answerOf(peer, wanted);
}

async function answerOf(peer: Connection, wanted: string): Promise<void> {
  let line = await peer.line();
  while (line[3] === '-') line = await peer.line();
  if (line.startsWith('4')) throw new PutOff(line);
  expect(line.startsWith(wanted), wanted, line);
}

async function say(peer: Connection, line?: string): Promise<string> {
  if (line !== undefined) peer.write(`${line}\r\n`);
  const answer = await peer.line();
  if (/^-ERR \[(?:IN-USE|SYS\/TEMP|LOGIN-DELAY)\]/.test(answer)) throw new PutOff(answer);
  expect(answer.startsWith('+OK'), `+OK to ${line}`, answer);
  return answer;
}

/** The end of a connection, and not a reset. */
function isHangUp(error: Error): boolean {
  return error.message.startsWith('the connection ended');
}

async function message(peer: Connection): Promise<string> {
  const lines: string[] = [];
  for (let line = await peer.line(); line !== '.'; line = await peer.line()) lines.push(line);
  return lines.map((line) => `${line.replace(/^\./, '')}\n`).join('');
}
