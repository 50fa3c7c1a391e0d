import { once } from 'node:events';
import fs from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';

import type { Test } from 'tap';

import type { Account } from '../../../src/contract/account.ts';
import type { ServiceContext } from '../../../src/contract/service.ts';
import ftp from '../../../src/services/ftp/index.ts';
import { createFakeContext } from '../../support/fake-context.ts';
import { makeFolder } from '../../support/peers.ts';
import { serve, type Served, type ServeOptions } from '../../support/serve.ts';

export interface Stage {
  readonly served: Served;
  /** Alice's home. */
  readonly home: string;
  path(...names: readonly string[]): string;
  /** A connection whose greeting was read. */
  open(): Promise<Talk>;
  /** The same, with alice logged in, in binary. */
  enter(): Promise<Talk>;
}

export interface Talk {
  readonly socket: Socket;
  /** Sends a line and gives the whole reply, its lines joined by "\n". */
  ask(line: string): Promise<string>;
  send(bytes: string | Buffer): void;
  /** The next reply. */
  reply(): Promise<string>;
  /** What comes over a data connection for this command; the replies are 150 and 226, or else it fails. */
  fetch(line: string): Promise<Buffer>;
  /** Sends bytes over a data connection for this command, and gives the last reply. */
  store(line: string, bytes: string | Buffer): Promise<string>;
  /** EPSV, and a connection to the port. */
  dataConnection(): Promise<Socket>;
  /** Everything up to the end of the connection, which our end of it asks for. */
  rest(): Promise<string>;
}

export const alicePassword = 'a "b" -x  c ';

export function accountOf(home: string, more: Partial<Account> = {}): Account {
  return {
    name: 'alice',
    home,
    services: null,
    permissions: ['list', 'read', 'write', 'delete', 'rename', 'mkdir'],
    quota: null,
    mail: [],
    ...more,
  };
}

export interface StageOptions {
  readonly options?: Record<string, unknown>;
  readonly files?: Readonly<Record<string, string>>;
  readonly account?: Partial<Account>;
  readonly context?: Partial<ServiceContext>;
  readonly tls?: ServeOptions['tls'];
}

export async function setUp(
  t: Test,
  { options = {}, files = {}, account = {}, context, tls = null }: StageOptions = {},
): Promise<Stage> {
  const home = join(makeFolder(t), 'home');
  fs.mkdirSync(home);
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(join(home, name, '..'), { recursive: true });
    fs.writeFileSync(join(home, name), text);
  }
  const served = await serve(ftp, {
    options,
    context: createFakeContext(context),
    tls,
    authenticate: async (_session, credentials) => {
      const isRight =
        credentials.name === 'alice' && 'password' in credentials && credentials.password === alicePassword;
      return isRight ? accountOf(home, account) : null;
    },
  });
  t.teardown(() => served.close());
  const open = async (): Promise<Talk> => {
    const talk = talkOver(await connected(served.port));
    t.teardown(() => void talk.socket.destroy());
    await talk.reply();
    return talk;
  };
  return {
    served,
    home,
    path: (...names) => join(home, ...names),
    open,
    async enter() {
      const talk = await open();
      await talk.ask('USER alice');
      const last = await talk.ask(`PASS ${alicePassword}`);
      if (!last.startsWith('230')) throw new Error(last);
      await talk.ask('TYPE I');
      return talk;
    },
  };
}

export async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

export function talkOver(socket: Socket): Talk {
  let arrived = '';
  let isEnded = false;
  let wake = (): void => {};
  socket.on('data', (chunk) => {
    arrived += chunk.toString();
    wake();
  });
  const onEnd = (): void => {
    isEnded = true;
    wake();
  };
  socket.on('end', onEnd).on('close', onEnd);
  const more = (): Promise<void> => new Promise((resolve) => void (wake = resolve));
  const talk: Talk = {
    socket,
    send: (bytes) => void socket.write(bytes),
    async ask(line) {
      socket.write(`${line}\r\n`);
      return talk.reply();
    },
    async reply() {
      for (;;) {
        const match = /^(\d{3}) [^\r]*\r\n|^(\d{3})-[^]*?\r\n\2 [^\r]*\r\n/.exec(arrived);
        if (match !== null) {
          arrived = arrived.slice(match[0].length);
          return match[0].trimEnd().replaceAll('\r\n', '\n');
        }
        if (isEnded) throw new Error(`the connection ended; no reply in ${JSON.stringify(arrived)}`);
        await more();
      }
    },
    async dataConnection() {
      const [, port] = /\|\|\|(\d+)\|/.exec(await talk.ask('EPSV')) ?? [];
      return connected(Number(port));
    },
    async fetch(line) {
      const data = await talk.dataConnection();
      const parts: Buffer[] = [];
      data.on('data', (chunk: Buffer) => parts.push(chunk));
      const ended = once(data, 'end');
      const first = await talk.ask(line);
      if (!first.startsWith('150')) {
        data.destroy();
        throw new Error(first);
      }
      await ended;
      data.end();
      const last = await talk.reply();
      if (!last.startsWith('226')) throw new Error(last);
      return Buffer.concat(parts);
    },
    async store(line, bytes) {
      const data = await talk.dataConnection();
      const first = await talk.ask(line);
      if (!first.startsWith('150')) {
        data.destroy();
        return first;
      }
      data.resume().end(bytes);
      return talk.reply();
    },
    async rest() {
      socket.end();
      while (!isEnded) await more();
      return arrived;
    },
  };
  return talk;
}
