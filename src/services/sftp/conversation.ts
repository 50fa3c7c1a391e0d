import type { Channel, ChannelRequests, Connection } from 'ssh2';

import { PeerError } from '../../contract/errors.ts';
import type { Session } from '../../contract/session.ts';
import { TreeError } from '../../contract/tree.ts';
import { printable } from '../../wire/printable.ts';
import type { Buffers } from './buffers.ts';
import type { Files } from './files.ts';
import { createHandlePlaces, createHandles } from './handles.ts';
import { answerLogins, type LoginRules } from './login.ts';
import { createOutput } from './output.ts';
import { serveSftp } from './sftp-channel.ts';
import { parseScpCommand, type ScpCommand } from './scp/parse-command.ts';
import { serveScp } from './scp/serve-scp.ts';
import { watchMemory } from './watch-memory.ts';

/** SSH with one peer, from its first line to the end. */
export interface Conversation {
  /** The peer has said that it speaks SSH. */
  begin(connection: Connection): void;
  /** Resolves when it is over, and nothing of it is left; rejects with what was wrong with the peer. */
  readonly over: Promise<void>;
}

export interface ConversationOptions {
  readonly session: Session;
  readonly buffers: Buffers;
  readonly isReadOnly: boolean;
  readonly rules: LoginRules;
  readonly loginTimeoutMs: number;
  /** For who has logged in. */
  readonly openFiles: () => Promise<Files>;
}

// Channels at once; each may keep some megabytes waiting.
const maxChannels = 8;

export function createConversation(options: ConversationOptions): Conversation {
  const { session, buffers, isReadOnly } = options;
  const { stream } = session;
  const { promise: left, resolve: leave } = Promise.withResolvers<void>();
  const gone = new AbortController();
  const tasks = new Set<Promise<void>>();
  const channels = new Set<Channel>();
  const places = createHandlePlaces();
  let failure: unknown = null;
  let connection: Connection | null = null;
  let files: Promise<Files> | null = null;
  let openChannels = 0;

  const end = (): void => {
    connection?.end();
    leave();
  };
  const fail = (error: unknown): void => {
    failure ??= error;
    end();
  };
  const timer = setTimeout(() => fail(new PeerError('nobody has logged in in time')), options.loginTimeoutMs);
  const ends = ['end', 'finish', 'close'] as const;
  for (const event of ends) stream.on(event, leave);
  session.signal.addEventListener('abort', end, { once: true });

  return { begin, over: live() };

  async function live(): Promise<void> {
    await left;
    clearTimeout(timer);
    session.signal.removeEventListener('abort', end);
    for (const event of ends) stream.off(event, leave);
    gone.abort();
    await Promise.all(tasks);
    if (failure !== null) throw failure;
    // The library hangs up by itself on what does not even begin like SSH, and keeps it to itself.
    if (connection === null && stream.writableEnded && !session.signal.aborted) {
      session.log.info('what the peer speaks is not SSH');
    }
  }

  function begin(begun: Connection): void {
    connection = begun;
    watchMemory({ stream, channels, onFlood: () => fail(new PeerError('more was sent than there was room for')) });
    begun.on('error', (error) => {
      if (error.level === 'socket') leave();
      else fail(new PeerError(`the peer’s SSH: ${printable(error.message, 200)}`));
    });
    begun.on('end', leave);
    begun.on('close', leave);
    begun.on('ready', () => clearTimeout(timer));
    answerLogins(begun, { session, rules: options.rules, over: end });
    begun.on('session', (accept, reject) => {
      if (openChannels >= maxChannels) return reject();
      openChannels += 1;
      const requests = accept();
      requests.on('close', () => void (openChannels -= 1));
      answerRequests(begun, requests);
    });
  }

  /** What is not named here (terminals, environments, forwarding, agents) the library refuses by itself. */
  function answerRequests(begun: Connection, requests: ChannelRequests): void {
    requests.on('subsystem', (accept, reject, { name }) => {
      if (name === 'sftp') run(accept(), (channel) => startSftp(begun, channel));
      else reject();
    });
    requests.on('shell', (accept) => run(accept(), (channel) => refuse(channel)));
    requests.on('exec', (accept, _reject, { command: line }) => {
      const command = parseScpCommand(line);
      run(accept(), (channel) => (command === null ? refuse(channel) : startScp(begun, channel, command)));
    });
  }

  function run(channel: Channel | undefined, serve: (channel: Channel) => Promise<void>): void {
    // RFC 4254 6.5: only one of these requests can succeed per channel.
    if (channel === undefined) return fail(new PeerError('a second program was asked for on one channel'));
    channels.add(channel);
    const task = serve(channel)
      .catch((error: unknown) => {
        // Whoever has left hears no answer, and the library says so by an error.
        if (stream.writable) fail(error);
      })
      .finally(() => {
        channels.delete(channel);
        tasks.delete(task);
      });
    tasks.add(task);
  }

  /** What cannot be opened, no peer can mend: it hears so, and the log says what is to be done. */
  async function withFiles(channel: Channel, serve: (files: Promise<Files>) => Promise<void>): Promise<void> {
    const opening = (files ??= options.openFiles());
    try {
      await serve(opening);
    } catch (error) {
      const failure: unknown = await opening.then(
        () => null,
        (reason: unknown) => reason,
      );
      if (failure !== error) throw error;
      files = null;
      const reason = error instanceof TreeError ? error.detail : null;
      const account = session.account?.name;
      session.log.err('the files cannot be opened', { account, ...(reason === null ? { error } : { reason }) });
      await refuse(channel, 'The folder of this account cannot be opened, whoever keeps the server has to see to it.');
    }
  }

  async function startSftp(begun: Connection, channel: Channel): Promise<void> {
    const output = createOutput(channel, begun);
    const performing = { handles: createHandles(places), buffers, isReadOnly };
    const common = { channel, output, log: session.log, gone: gone.signal, ...performing };
    await withFiles(channel, (opening) => serveSftp({ ...common, files: opening }));
  }

  async function startScp(begun: Connection, channel: Channel, command: ScpCommand): Promise<void> {
    const output = createOutput(channel, begun);
    const common = { channel, output, command, handles: createHandles(places), log: session.log };
    await withFiles(channel, (opening) => serveScp({ ...common, files: opening }));
  }
}

async function refuse(channel: Channel, sentence = 'This server speaks SFTP only.'): Promise<void> {
  channel.on('error', () => {});
  channel.resume();
  channel.stderr.write(`${sentence}\r\n`);
  channel.exit(1);
  channel.end();
}
