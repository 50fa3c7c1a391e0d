import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { account } from '../configuration.ts';
import { bodyOf } from '../item.ts';
import { PutOff, Refused } from '../outcome.ts';
import { findProgram } from '../programs.ts';
import type { Traffic } from '../visit.ts';

// EXIT CODES in curl(1).
const refused = [7];
const putOff = [8, 25, 55, 67, 70];

/** A program that others wrote, which puts things in by each of the protocols that it knows. */
export const curl: Traffic = {
  name: 'curl',
  services: ['http', 'ftp', 'smtp'],
  peers: 1,
  missing: () => (findProgram('curl') === null ? 'there is no curl' : null),
  async visit(visit) {
    const { ports } = visit;
    const kind = visit.random.pick(['http', 'ftp', 'mail']);
    const id = visit.ledger.nextItem(kind);
    const target: Readonly<Record<string, readonly string[]>> = {
      http: [`http://127.0.0.1:${ports.http}/drop/${id}.txt`],
      ftp: [`ftp://127.0.0.1:${ports.ftp}/${id}.txt`, '--user', `${account.name}:${account.password}`],
      mail: [
        `smtp://127.0.0.1:${ports.smtp}/peer.example`,
        '--mail-from',
        'a@from.example',
        '--mail-rcpt',
        'x@scans.example',
        '--crlf',
      ],
    };
    const answered = visit.begin();
    const args = ['--silent', '--show-error', '--fail', '--max-time', '90', '--upload-file', '-'];
    const child = spawn('curl', [...args, ...(target[kind] ?? [])], { stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stdin.on('error', () => {});
    child.stdin.end(kind === 'mail' ? `Subject: ${id}\n\n${bodyOf(id)}` : bodyOf(id));
    const [code] = (await once(child, 'close')) as [number | null];
    answered();
    if (code === 0) visit.acknowledged(id);
    // 56 from mail: the 421 with which a worker that is about to end says goodbye.
    else if (kind === 'mail' && code === 56) throw new PutOff(said.trim());
    else if (code !== null && refused.includes(code)) throw new Refused(said.trim());
    else if (code !== null && (putOff.includes(code) || /error: 50[37]|report OK, got 4/.test(said)))
      throw new PutOff(said.trim());
    else throw new Error(`curl ended with ${code} (${kind}): ${said.trim()}`);
  },
};
