import { account } from '../configuration.ts';
import type { Connection } from '../connection.ts';
import { bodyOf } from '../item.ts';
import { expect, PutOff } from '../outcome.ts';
import type { Traffic, Visit } from '../visit.ts';

/** Puts files in and fetches one back. */
export const ftp: Traffic = {
  name: 'ftp',
  services: ['ftp'],
  async visit(visit) {
    const peer = await visit.dial(visit.ports.ftp);
    try {
      await replyOf(peer, '220');
      await ask(peer, `USER ${account.name}`, '331');
      await ask(peer, `PASS ${account.password}`, '230');
      await ask(peer, 'TYPE I', '200');
      let last = '';
      for (let file = 0; file < 3; file += 1) {
        const id = visit.ledger.nextItem('ftp');
        await store(visit, peer, id);
        visit.acknowledged(id);
        last = id;
      }
      expect((await fetch(visit, peer, last)) === bodyOf(last), 'the file that was stored', last);
      await ask(peer, 'QUIT', '221');
    } finally {
      peer.destroy();
    }
  },
};

async function store(visit: Visit, peer: Connection, id: string): Promise<void> {
  const data = await openData(visit, peer);
  try {
    await ask(peer, `STOR ${id}.txt`, '150');
    data.write(bodyOf(id));
    data.end();
    await replyOf(peer, '226');
  } finally {
    data.destroy();
  }
}

async function fetch(visit: Visit, peer: Connection, id: string): Promise<string> {
  const data = await openData(visit, peer);
  try {
    await ask(peer, `RETR ${id}.txt`, '150');
    const text = (await data.rest()).toString();
    await replyOf(peer, '226');
    return text;
  } finally {
    data.destroy();
  }
}

async function openData(visit: Visit, peer: Connection): Promise<Connection> {
  const [, port] = /\|\|\|(\d+)\|/.exec(await ask(peer, 'EPSV', '229')) ?? [];
  const answered = visit.begin();
  // It may stay silent for as long as we send; that its port is open is not in doubt.
  answered();
  return visit.dial(Number(port));
}

async function ask(peer: Connection, line: string, wanted: string): Promise<string> {
  peer.write(`${line}\r\n`);
  return replyOf(peer, wanted);
}

async function replyOf(peer: Connection, wanted: string): Promise<string> {
  let line = await peer.line();
  while (!/^\d{3} /.test(line)) line = await peer.line();
  if (line.startsWith('4')) throw new PutOff(line);
  expect(line.startsWith(wanted), wanted, line);
  return line;
}
