import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import ssh2, { type Channel, type Client } from 'ssh2';
import type { Test } from 'tap';

import { permissions, type Account, type Credentials } from '../../../src/contract/account.ts';
import type { ServiceContext } from '../../../src/contract/service.ts';
import type { Entry } from '../../../src/contract/tree.ts';
import sftp from '../../../src/services/sftp/index.ts';
import { createFakeContext } from '../../support/fake-context.ts';
import { serve, type Served } from '../../support/serve.ts';

// An sftp service on a loopback port, and a peer that says every byte of SFTP itself.

export interface Stage extends Served {
  /** What is "/" for alice. */
  readonly root: string;
  /** What was asked of the registry. */
  readonly asked: Credentials[];
  /** Logs in as alice, and begins SFTP. */
  talk(): Promise<Talk>;
}

export interface StageOptions {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly context?: Partial<ServiceContext>;
  readonly idleMs?: number;
  readonly account?: Partial<Account>;
  /** Public keys that are alice's. */
  readonly keys?: readonly string[];
  readonly authenticate?: (credentials: Credentials) => Promise<Account | null>;
}

// Made once: the key of RSA takes its time.
const { folder } = createFakeContext();

export async function startStage(t: Test, stageOptions: StageOptions = {}): Promise<Stage> {
  const { options = {}, keys = [], account: given = {} } = stageOptions;
  const root = join(t.testdir(), 'root');
  mkdirSync(root);
  const account: Account = {
    name: 'alice',
    home: root,
    services: null,
    permissions,
    quota: null,
    mail: [],
    ...given,
  };
  const asked: Credentials[] = [];
  const check = async (credentials: Credentials): Promise<Account | null> => {
    const isRight = 'key' in credentials ? keys.includes(credentials.key) : credentials.password === 'secret';
    return credentials.name === 'alice' && isRight ? account : null;
  };
  const served = await serve(sftp, {
    options,
    ...(stageOptions.idleMs === undefined ? {} : { idleMs: stageOptions.idleMs }),
    context: createFakeContext({ folder, ...stageOptions.context }),
    authenticate(_session, credentials) {
      asked.push(credentials);
      return (stageOptions.authenticate ?? check)(credentials);
    },
  });
  t.teardown(() => served.close());
  return Object.assign(Object.create(served) as Served, {
    root,
    asked,
    async talk() {
      const client = await connect(t, served.port);
      return beginTalk(client);
    },
  });
}

/** Rejects when nobody is let in. */
export async function connect(t: Test, port: number, options: object = { password: 'secret' }): Promise<Client> {
  const client = new ssh2.Client();
  t.teardown(() => client.end());
  const left = Promise.race([
    once(client, 'ready'),
    once(client, 'close').then(() => Promise.reject(new Error('the connection was closed'))),
  ]);
  client.on('error', () => {});
  client.connect({ host: '127.0.0.1', port, username: 'alice', ...options });
  await left;
  return client;
}

export interface Reply {
  readonly type: number;
  readonly id: number;
  readonly body: Buffer;
}

export interface Talk {
  readonly client: Client;
  readonly channel: Channel;
  /** Sends a request of this type; resolves with the answer to it. */
  ask(type: number, ...parts: readonly Buffer[]): Promise<Reply>;
  /** The same, for "code text" of the status that is answered. */
  status(type: number, ...parts: readonly Buffer[]): Promise<string>;
  /** The same, for the handle that is answered. */
  open(type: number, ...parts: readonly Buffer[]): Promise<Buffer>;
}

export async function beginTalk(client: Client): Promise<Talk> {
  const channel = await new Promise<Channel>((resolve, reject) => {
    client.subsys('sftp', (error, opened) => (error === undefined ? resolve(opened) : reject(error)));
  });
  const waiting = new Map<number, (reply: Reply) => void>();
  let kept = Buffer.alloc(0);
  channel.on('error', () => {});
  channel.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]);
    while (kept.length >= 4 && kept.length >= 4 + kept.readUInt32BE()) {
      const whole = kept.subarray(4, 4 + kept.readUInt32BE());
      kept = kept.subarray(4 + whole.length);
      const id = whole.readUInt32BE(1);
      waiting.get(id)?.({ type: whole.readUInt8(), id, body: whole.subarray(5) });
      waiting.delete(id);
    }
  });
  let last = 100;
  const ask: Talk['ask'] = (type, ...parts) => {
    last += 1;
    const id = last;
    channel.write(framed(packet(type, u32(id), ...parts)));
    return new Promise((resolve) => {
      waiting.set(id, resolve);
    });
  };
  const talk: Talk = {
    client,
    channel,
    ask,
    async status(...request) {
      const { type, body } = await ask(...request);
      return type === 101
        ? `${body.readUInt32BE()} ${body.toString('utf8', 8, 8 + body.readUInt32BE(4))}`
        : `type ${type}`;
    },
    async open(...request) {
      const { type, body } = await ask(...request);
      if (type !== 102) throw new Error(`no handle: ${body.toString()}`);
      return text(body.subarray(4));
    },
  };
  // The version stands where the id does.
  const version = new Promise((resolve) => waiting.set(3, resolve));
  channel.write(framed(packet(1, u32(3))));
  await version;
  return talk;
}

export function packet(type: number, ...parts: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(type), ...parts]);
}

export function framed(body: Buffer): Buffer {
  return Buffer.concat([u32(body.length), body]);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

export function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([u32(bytes.length), bytes]);
}

export function entry(given: Partial<Entry>): Entry {
  const times = { modified: 0, accessed: 0 };
  const rest = { mode: 0o644, uid: 0, gid: 0, links: 1, unique: '1:1' };
  return { name: 'name', kind: 'file', size: 5, ...times, ...rest, ...given };
}
