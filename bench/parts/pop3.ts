import fs from 'node:fs';
import { join } from 'node:path';

import { account } from '../account.ts';
import { openDialogue } from '../dialogue.ts';
import type { Case, OpenPart } from '../part.ts';
import type { RunningSubject } from '../running-subject.ts';
import { settled } from '../settled.ts';
import type { Round } from '../table.ts';
import { findPop3Subjects } from './pop3-subjects.ts';

export const openPop3: OpenPart = ({ settings: { messages } }) => {
  const mailbox = `a mailbox of ${messages} messages`;
  const { present, absent } = findPop3Subjects((folder) => fillMaildir(folder, messages));
  const cases: readonly Case[] = [
    {
      name: 'pop3-first',
      title: `POP3: the first listing of ${mailbox} after the start (login, UIDL, LIST, QUIT; less is better)`,
      unit: 'ms',
      service: 'pop3',
      async measureStopped(start) {
        const started = await start();
        try {
          // It accepts before all of its processes are there.
          await settled(started);
          return await list(started);
        } finally {
          await started.stop();
        }
      },
    },
    {
      name: 'pop3-again',
      title: `POP3: a later listing of ${mailbox} (login, UIDL, LIST, QUIT; less is better)`,
      unit: 'ms',
      service: 'pop3',
      async measure(running) {
        await list(running);
        return list(running);
      },
    },
  ];
  return { present, absent, cases };
};

async function list({ port, cpuSeconds }: RunningSubject): Promise<Round> {
  const before = cpuSeconds();
  const begun = performance.now();
  const pop3 = await openDialogue(port('pop3'), '+OK');
  await pop3.say(`USER ${account.name}`, '+OK');
  await pop3.say(`PASS ${account.password}`, '+OK');
  const loggedIn = performance.now();
  await pop3.list('UIDL', '+OK');
  await pop3.list('LIST', '+OK');
  const listed = performance.now();
  await pop3.say('QUIT', '+OK');
  const ended = performance.now();
  pop3.close();
  const note = `${Math.round(loggedIn - begun)} login + ${Math.round(listed - loggedIn)} lists + ${Math.round(ended - listed)} QUIT`;
  return { value: ended - begun, cpuMicroseconds: (cpuSeconds() - before) * 1e6, note };
}

/** Messages that have been seen, with names as Dovecot and Portico give them, which tell both sizes. */
function fillMaildir(folder: string, messages: number): void {
  for (const name of ['tmp', 'new', 'cur']) fs.mkdirSync(join(folder, name), { recursive: true });
  const text = `From: from@bench.example\nTo: ${account.name}@bench.example\nSubject: bench\n\n${'a line of the text\n'.repeat(50)}`;
  const size = text.length;
  const wire = size + text.split('\n').length - 1;
  for (let i = 0; i < messages; i += 1)
    fs.writeFileSync(join(folder, 'cur', `${1_700_000_000 + i}.M${i}P1.bench,S=${size},W=${wire}:2,S`), text);
}
