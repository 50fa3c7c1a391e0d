import { openDialogue } from '../dialogue.ts';

const connections = 20;

/** Sends so many mails to to@bench.example, on 20 connections, each of them waited for. */
export async function sendMails(port: number, count: number, bytes: number): Promise<void> {
  const text = `Subject: bench\r\n\r\n${`${'x'.repeat(62)}\r\n`.repeat(Math.ceil(bytes / 64))}.`;
  let left = count;
  await Promise.all(Array.from({ length: Math.min(connections, count) }, send));

  async function send(): Promise<void> {
    const smtp = await openDialogue(port, '220');
    await smtp.say('HELO mail.bench.example', '250');
    while (left > 0) {
      left -= 1;
      await smtp.say('MAIL FROM:<from@bench.example>', '250');
      await smtp.say('RCPT TO:<to@bench.example>', '250');
      await smtp.say('DATA', '354');
      await smtp.say(text, '250');
    }
    await smtp.say('QUIT', '221');
    smtp.close();
  }
}
