import type { Duplex } from 'node:stream';
import { join } from 'node:path';

import ssh2 from 'ssh2';

import { NoSpaceError } from '../../contract/delivery.ts';
import type { Service, ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';
import { accountRoot } from '../../wire/account-root.ts';
import { limitOf } from '../../wire/file-limit.ts';
import { ciphers, compressions, keyExchanges, macs, offerAlgorithms } from './algorithms.ts';
import { createBuffers } from './buffers.ts';
import { createConversation, type Conversation } from './conversation.ts';
import { createFiles, type Files } from './files.ts';
import { keepHostKeys, readHostKeys } from './host-keys.ts';
import type { SftpOptions } from './options.ts';
import { maxPacketBytes } from './packets/constants.ts';

// The library sends something now and then, so that no session would ever be idle. It cannot be turned off, but be set to
// Node's longest.
const neverMs = 2 ** 31 - 1;

/** An sftp service: ssh2 speaks SSH on sessions of ours, SFTP within it is ours. */
export async function createSftpService(options: SftpOptions, context: ServiceContext): Promise<Service> {
  const { host_keys: given } = options;
  const hostKeys = given === 'auto' ? await keepHostKeys(join(context.folder, 'ssh')) : await readHostKeys(given);
  const keyTypes = hostKeys.map(({ type }) => type);
  // Of the whole worker: 8 MB at the most.
  const buffers = createBuffers({ bytes: maxPacketBytes + 64, kept: 32 });
  const conversations = new WeakMap<Duplex, Conversation>();
  const server = new ssh2.Server({
    hostKeys: hostKeys.map(({ pem }) => pem),
    ident: 'Portico',
    keepaliveInterval: neverMs,
    algorithms: { kex: keyExchanges, serverHostKey: [], cipher: ciphers, hmac: macs, compress: compressions },
  });
  server.on('error', (error) => context.log.err('an error of the SSH library', { error }));
  server.on('connection', (connection, { header }) => {
    offerAlgorithms(connection, keyTypes, header.identRaw);
    conversations.get(connection._sock)?.begin(connection);
  });

  return {
    async connection(session) {
      const conversation = createConversation({
        session,
        buffers,
        isReadOnly: !options.write,
        rules: { methods: options.auth, attempts: options.attempts },
        loginTimeoutMs: options.login_timeout,
        openFiles: () => openFiles(session),
      });
      conversations.set(session.stream, conversation);
      server.injectSocket(session.stream);
      await conversation.over;
    },
  };

  async function openFiles(session: Session): Promise<Files> {
    const { account } = session;
    if (account === null) throw new Error('files are for who has logged in');
    const tree = await context.openTree(session, {
      root: accountRoot(options.root, account),
      permissions: options.write
        ? account.permissions
        : account.permissions.filter((permission) => permission === 'list' || permission === 'read'),
      quota: account.quota,
      maxFileSize: options.max_file_size ?? null,
    });
    return createFiles({
      tree,
      received({ id, name, size, sha256 }) {
        session.received({ id, name, size, sha256, account: account.name });
      },
      refused(error) {
        const reason = limitOf(error, { maxFileSize: options.max_file_size ?? null, account });
        // That the floor of the disk is reached is told by whoever keeps it, once.
        if (error instanceof NoSpaceError && error.cause !== undefined)
          session.log.err('a file is refused', { account: account.name, error });
        if (reason !== null) session.log.notice('a file is refused', { account: account.name, reason });
      },
    });
  }
}
