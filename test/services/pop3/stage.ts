import fs from 'node:fs';
import { join } from 'node:path';

import type { Test } from 'tap';

import type { Account } from '../../../src/contract/account.ts';
import type { ServiceContext } from '../../../src/contract/service.ts';
import type { SessionHost } from '../../../src/listeners/session.ts';
import pop3 from '../../../src/services/pop3/index.ts';
import { dial, type Peer } from '../../support/dial.ts';
import { createFakeContext } from '../../support/fake-context.ts';
import { serve, type Served } from '../../support/serve.ts';

/** "new/1.a" to its text. */
export type Mails = Readonly<Record<string, string>>;

export function makeMaildir(path: string, mails: Mails): void {
  for (const folder of ['tmp', 'new', 'cur']) fs.mkdirSync(join(path, folder), { recursive: true });
  for (const [name, text] of Object.entries(mails)) fs.writeFileSync(join(path, name), text);
}

export interface Stage {
  readonly served: Served;
  /** Alice's. */
  readonly maildir: string;
  /** What is in new and cur: "new/1.a". */
  names(): string[];
  /** All that is answered to these lines, after which the peer ends its direction. */
  say(...lines: readonly string[]): Promise<string[]>;
  open(): Promise<Dialogue>;
}

export interface Dialogue {
  readonly peer: Peer;
  /** Sends a line and gives the answer's first. */
  ask(line: string): Promise<string>;
  /** The next line. */
  line(): Promise<string>;
}

export interface StageOptions {
  readonly options?: Record<string, unknown>;
  readonly context?: Partial<ServiceContext>;
  readonly authenticate?: SessionHost['authenticate'];
  readonly tls?: SessionHost['tls'];
}

/** A pop3 service with one account, alice, whose password is "sesame". */
export async function setUp(t: Test, mails: Mails = {}, given: StageOptions = {}): Promise<Stage> {
  const folder = t.testdir({});
  const maildir = join(folder, 'alice');
  if (Object.keys(mails).length > 0) makeMaildir(maildir, mails);
  const context = createFakeContext({ mailbox: (account) => join(folder, account), ...given.context });
  const { options = {}, authenticate = onlyAlice, tls = null } = given;
  const served = await serve(pop3, { context, options, authenticate, tls });
  const peers: Peer[] = [];
  t.teardown(async () => {
    for (const { socket } of peers) socket.destroy();
    await served.close();
  });
  return {
    served,
    maildir,
    names: () =>
      ['new', 'cur'].flatMap((name) => fs.readdirSync(join(maildir, name)).map((file) => `${name}/${file}`)).sort(),
    async say(...lines) {
      const peer = await dial(served.port);
      await peer.write(lines.map((line) => `${line}\r\n`).join(''));
      peer.end();
      return (await peer.rest()).toString().split('\r\n').slice(0, -1);
    },
    async open() {
      const { peer } = await served.connect();
      peers.push(peer);
      const dialogue = createDialogue(peer);
      await dialogue.line();
      return dialogue;
    },
  };
}

const onlyAlice: SessionHost['authenticate'] = async (_session, credentials) => {
  const isRight = 'password' in credentials && credentials.name === 'alice' && credentials.password === 'sesame';
  return isRight ? alice : null;
};

export const alice: Account = { name: 'alice', home: '/', services: null, permissions: [], quota: null, mail: [] };

/** The lines that log alice in; the answers are the first three. */
export const login = ['USER alice', 'PASS sesame'] as const;

function createDialogue(peer: Peer): Dialogue {
  const line = async (): Promise<string> => {
    let text = '';
    for (;;) {
      const next = (await peer.bytes(1)).toString('latin1');
      if (next === '\n') return text.trimEnd();
      text += next;
    }
  };
  return {
    peer,
    line,
    async ask(text) {
      await peer.write(`${text}\r\n`);
      return line();
    },
  };
}
