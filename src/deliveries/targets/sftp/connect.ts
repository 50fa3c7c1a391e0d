import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import net from 'node:net';

import SftpClient, { type RawSftp } from 'ssh2-sftp-client';

import { reasonOf, TemporaryError } from '../../../contract/errors.ts';
import { ownName } from '../../../system/own-name.ts';
import type { Link } from '../../link-pool.ts';
import { fingerprintOf, hostKeyAlgorithms, isKnownHost } from './host-key.ts';
import type { SftpOptions } from './options.ts';

/** One login on one connection. */
export interface SftpLink extends Link {
  readonly client: SftpClient;
  readonly raw: RawSftp;
}

const readyMs = 30_000;
const closeMs = 2_000;
const aliveMs = 15_000;

/** Connects and logs in. The server has to be the one that is known, before it is told anything. */
export async function connect(options: SftpOptions, signal: AbortSignal): Promise<SftpLink> {
  const { host, port, user, password, key, passphrase, host_key: known } = options;
  const privateKey = key === undefined ? undefined : await readKey(key);
  // Small packets that wait for each other make an upload a hundred times slower; ssh2's own socket does not say noDelay.
  const socket = net.connect({ host, port, noDelay: true });
  const cut = (): void => void socket.destroy();
  signal.addEventListener('abort', cut, { once: true });
  socket.on('error', () => {});
  const refused: { key: Buffer | null } = { key: null };
  // Without listeners of ours it would write to the console.
  const client = new SftpClient('portico', { error() {}, end() {}, close() {} });
  client.on('keyboard-interactive', answerWith(password ?? ''));
  try {
    signal.throwIfAborted();
    await once(socket, 'connect');
    const algorithms = hostKeyAlgorithms(known);
    const raw = await client.connect({
      sock: socket,
      username: user,
      ...(password === undefined ? {} : { password, tryKeyboard: true }),
      ...(privateKey === undefined ? {} : { privateKey }),
      ...(passphrase === undefined ? {} : { passphrase }),
      hostVerifier(shown) {
        if (isKnownHost(known, shown)) return true;
        refused.key = shown;
        return false;
      },
      ...(algorithms === null ? {} : { algorithms: { serverHostKey: algorithms } }),
      readyTimeout: readyMs,
      keepaliveInterval: aliveMs,
    });
    return linkOf(client, raw, socket);
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    const { key: stranger } = refused;
    const reason =
      stranger === null ? whyNot(error, options) : `its host key is not a known one: ${fingerprintOf(stranger)}`;
    throw new TemporaryError(reason, null, { cause: error });
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

function linkOf(client: SftpClient, raw: RawSftp, socket: net.Socket): SftpLink {
  return {
    client,
    raw,
    get isUsable() {
      return !socket.destroyed && socket.writable && client.sftp !== undefined;
    },
    close() {
      const timer = setTimeout(() => socket.destroy(), closeMs);
      socket.once('close', () => clearTimeout(timer));
      client.end().catch(() => {});
    },
    destroy: () => void socket.destroy(),
  };
}

type Prompts = readonly unknown[];

/** Servers that ask instead of taking a password want to know just that. */
function answerWith(password: string) {
  return (
    _name: string,
    _text: string,
    _language: string,
    prompts: Prompts,
    finish: (answers: string[]) => void,
  ): void => finish(prompts.map(() => password));
}

export async function readKey(
  path: string,
  read: (path: string) => Promise<Buffer> = (file) => readFile(file),
): Promise<Buffer> {
  try {
    return await read(path);
  } catch (error) {
    const isHidden = (error as NodeJS.ErrnoException).code === 'EACCES';
    // Deliveries are made by the user of the workers: whose key it is may be root alone.
    const who = isHidden ? ` by ${ownName()}, the user of the workers` : '';
    throw new TemporaryError(`the key cannot be read${who}: ${reasonOf(error)}`, null, { cause: error });
  }
}

function whyNot(error: unknown, { user, password, key }: SftpOptions): string {
  const reason = withoutName(reasonOf(error));
  if (!reason.includes('All configured authentication methods failed')) return reason;
  const shown = [...(key === undefined ? [] : ['key']), ...(password === undefined ? [] : ['password'])].join(' and ');
  return `the server refused the ${shown} of the user ${user}`;
}

/** "getConnection: …" */
export function withoutName(message: string): string {
  return message.replace(/^(?:[A-Za-z_]+(?:->|: ))+/, '');
}
