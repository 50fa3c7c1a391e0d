import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Test } from 'tap';

import type { Account } from '../../../src/contract/account.ts';
import type { ServiceContext, ServiceModule } from '../../../src/contract/service.ts';
import type { SessionHost } from '../../../src/listeners/session.ts';
import imap from '../../../src/services/imap/index.ts';
import type { Peer } from '../../support/dial.ts';
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
  /** What is in new and cur of a folder below it: "new/1.a". */
  names(folder?: string): string[];
  open(): Promise<Dialogue>;
  /** With alice logged in, and the INBOX selected. */
  enter(selected?: string | null): Promise<Dialogue>;
}

export interface Dialogue {
  readonly peer: Peer;
  /** Sends a command and gives all lines of its answer; the tag of the last one is left out. */
  ask(command: string): Promise<string[]>;
  /** The same for the last line alone. */
  outcome(command: string): Promise<string>;
  /** The next line. */
  line(): Promise<string>;
  send(text: string | Buffer): Promise<void>;
  /** The rest of the answer to the command that was sent last. */
  answer(): Promise<string[]>;
}

export interface StageOptions {
  readonly options?: Record<string, unknown>;
  readonly context?: Partial<ServiceContext>;
  readonly authenticate?: SessionHost['authenticate'];
  readonly quota?: number;
}

/** An imap service with one account, alice, whose password is "sesame". */
export async function setUp(t: Test, mails: Mails = {}, given: StageOptions = {}): Promise<Stage> {
  // Not tap's own, which would be removed first.
  const folder = fs.mkdtempSync(join(tmpdir(), 'portico-imap-'));
  const maildir = join(folder, 'alice');
  if (Object.keys(mails).length > 0) makeMaildir(maildir, mails);
  const context = createFakeContext({ mailbox: (account) => join(folder, account), ...given.context });
  const { options = {}, quota = null } = given;
  const onlyAlice: SessionHost['authenticate'] = async (_session, credentials) => {
    const isRight = 'password' in credentials && credentials.name === 'alice' && credentials.password === 'sesame';
    return isRight ? { ...alice, quota } : null;
  };
  const running: Promise<unknown>[] = [];
  const served = await serve(watched(running), { context, options, authenticate: given.authenticate ?? onlyAlice });
  const peers: Peer[] = [];
  t.teardown(async () => {
    for (const { socket } of peers) socket.destroy();
    await served.close();
    // What a command has begun in a folder goes on when its peer has gone.
    await Promise.allSettled(running);
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const stage: Stage = {
    served,
    maildir,
    names: (below = '') =>
      ['new', 'cur']
        .flatMap((part) => fs.readdirSync(join(maildir, below, part)).map((file) => `${part}/${file}`))
        .sort(),
    async open() {
      const { peer } = await served.connect();
      peers.push(peer);
      const dialogue = createDialogue(peer);
      await dialogue.line();
      return dialogue;
    },
    async enter(selected = 'INBOX') {
      const dialogue = await stage.open();
      await dialogue.ask('LOGIN alice sesame');
      if (selected !== null) await dialogue.ask(`SELECT ${selected}`);
      return dialogue;
    },
  };
  return stage;
}

/** The service, whose connections are known. */
function watched(running: Promise<unknown>[]): ServiceModule {
  return {
    ...(imap as ServiceModule),
    async create(options, context) {
      const service = await (imap as ServiceModule).create(options, context);
      return {
        ...service,
        connection(session) {
          const served = Promise.resolve(service.connection?.(session));
          running.push(served);
          return served;
        },
      };
    },
  };
}

export const alice: Account = { name: 'alice', home: '/', services: null, permissions: [], quota: null, mail: [] };

function createDialogue(peer: Peer): Dialogue {
  let count = 0;
  const line = async (): Promise<string> => {
    let text = '';
    for (;;) {
      const next = (await peer.bytes(1)).toString('latin1');
      if (next === '\n') return text.replace(/\r$/, '');
      text += next;
    }
  };
  const answer = async (): Promise<string[]> => {
    const lines: string[] = [];
    for (;;) {
      const next = await line();
      if (next.startsWith(`t${count} `)) return [...lines, next.slice(`t${count} `.length)];
      lines.push(next);
    }
  };
  return {
    peer,
    line,
    answer,
    send: (text) => peer.write(text),
    async ask(command) {
      count += 1;
      await peer.write(`t${count} ${command}\r\n`);
      return answer();
    },
    async outcome(command) {
      count += 1;
      await peer.write(`t${count} ${command}\r\n`);
      return (await answer()).at(-1) ?? '';
    },
  };
}
