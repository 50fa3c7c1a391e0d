import type { Test } from 'tap';

import type { Mailbox } from '../../../src/contract/account.ts';
import type { DeliveryDesk, Envelope, LateFacts } from '../../../src/contract/delivery.ts';
import type { ServiceContext, ServiceModule } from '../../../src/contract/service.ts';
import smtp from '../../../src/services/smtp/index.ts';
import type { SessionHost } from '../../../src/listeners/session.ts';
import { createFakeContext } from '../../support/fake-context.ts';
import type { Peer } from '../../support/dial.ts';
import { serve, type Served } from '../../support/serve.ts';

export interface TakenMail {
  readonly envelope: Envelope;
  readonly text: string;
  readonly late: LateFacts | undefined;
}

export interface RecordingDesk extends DeliveryDesk {
  readonly taken: TakenMail[];
  /** Drafts that were given up. */
  dropped(): number;
}

export interface DeskTrouble {
  begin?(): unknown;
  commit?(): unknown;
}

/** A desk that keeps what was committed; `trouble` may throw in place of each step. */
export function createRecordingDesk(trouble: DeskTrouble = {}): RecordingDesk {
  const taken: TakenMail[] = [];
  let dropped = 0;
  return {
    taken,
    dropped: () => dropped,
    async begin(envelope) {
      await trouble.begin?.();
      const parts: Buffer[] = [];
      let isCommitted = false;
      return {
        write: async (chunk) => void parts.push(Buffer.from(chunk)),
        seal: async () => {},
        async commit(late) {
          await trouble.commit?.();
          isCommitted = true;
          const text = Buffer.concat(parts).toString();
          taken.push({ envelope, text, late });
          const id = `${taken.length}`.padStart(20, '0');
          return { id, name: `${id}.eml`, size: text.length, sha256: 'ab', isReplacement: false };
        },
        async [Symbol.asyncDispose]() {
          if (!isCommitted) dropped += 1;
        },
      };
    },
  };
}

export interface Stage {
  readonly served: Served;
  readonly desk: RecordingDesk;
  /** All that is answered to this text, after which the peer ends its direction; the lines without the features of EHLO. */
  say(text: string): Promise<string[]>;
  open(): Promise<Dialogue>;
}

export interface StageOptions {
  /** In place of the built-in one. */
  readonly module?: ServiceModule;
  readonly options?: Record<string, unknown>;
  readonly context?: Partial<ServiceContext>;
  readonly trouble?: DeskTrouble;
  readonly mailboxes?: Readonly<Record<string, Mailbox>>;
  readonly authenticate?: SessionHost['authenticate'];
  readonly tls?: SessionHost['tls'];
}

/** An smtp service with one delivery, called "archive". */
export async function setUp(t: Test, given: StageOptions = {}): Promise<Stage> {
  const { options = {}, trouble, mailboxes = {}, authenticate, tls = null } = given;
  const desk = createRecordingDesk(trouble);
  const context = createFakeContext({
    deliver: ['archive'],
    desk,
    findMailboxes: async (addresses) => addresses.map((address) => mailboxes[address.toLowerCase()] ?? null),
    ...given.context,
  });
  const served = await serve(given.module ?? smtp, {
    context,
    options: { hostname: 'mx.example', ...options },
    tls,
    ...(authenticate === undefined ? {} : { authenticate }),
  });
  const peers: Peer[] = [];
  t.teardown(async () => {
    for (const { socket } of peers) socket.destroy();
    await served.close();
  });
  return {
    served,
    desk,
    async say(text) {
      const { peer } = await served.connect();
      await peer.write(text);
      peer.end();
      return linesOf(await peer.rest());
    },
    async open() {
      const { peer } = await served.connect();
      peers.push(peer);
      const dialogue = createDialogue(peer);
      await dialogue.reply();
      return dialogue;
    },
  };
}

export interface Dialogue {
  readonly peer: Peer;
  /** Sends a line and gives the last line of the answer. */
  ask(line: string): Promise<string>;
  /** The last line of the next answer. */
  reply(): Promise<string>;
}

function createDialogue(peer: Peer): Dialogue {
  const reply = async (): Promise<string> => {
    let line = '';
    for (;;) {
      const next = (await peer.bytes(1)).toString('latin1');
      if (next !== '\n') line += next;
      else if (line[3] === '-') line = '';
      else return line.trimEnd();
    }
  };
  return {
    peer,
    reply,
    async ask(line) {
      await peer.write(`${line}\r\n`);
      return reply();
    },
  };
}

function linesOf(bytes: Buffer): string[] {
  return bytes
    .toString()
    .split('\r\n')
    .filter((line) => line !== '' && line[3] !== '-');
}

export const opening = 'EHLO me.example\r\nMAIL FROM:<a@from.example>\r\nRCPT TO:<b@to.example>\r\n';
