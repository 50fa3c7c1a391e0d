import { PeerError } from '../../contract/errors.ts';
import type { Logger } from '../../contract/logger.ts';
import { abandonAll } from './abandon-all.ts';
import type { Channel } from 'ssh2';
import type { Files } from './files.ts';
import type { Output } from './output.ts';
import { createPacketReader } from './packets/packet-reader.ts';
import { parseRequest, type Request } from './packets/request.ts';
import { perform, reply, type Performing } from './perform.ts';
import { faultStatus, statusOf } from './status.ts';
import { tellLog } from '../../wire/tell-log.ts';

export interface SftpChannelOptions extends Omit<Performing, 'files'> {
  readonly channel: Channel;
  readonly files: Promise<Files>;
  /** Aborted when the connection is over. */
  readonly gone: AbortSignal;
  readonly output: Output;
  readonly log: Logger;
}

// What waits to be done; more stays with the peer.
const maxQueuedBytes = 1 << 20;
const maxQueuedPackets = 256;

/**
 * SFTP on one channel: requests one after the other, in the order in which they came, until the peer ends it or the connection
 * is gone. Rejects with a PeerError for what is not SFTP.
 */
export async function serveSftp(options: SftpChannelOptions): Promise<void> {
  const { channel, output, handles, buffers, log } = options;
  const queue = createQueue(options);
  let hasBegun = false;
  try {
    const performing = { ...options, files: await options.files };
    for (;;) {
      const packet = queue.shift() ?? (await queue.next());
      if (packet === null) break;
      const request = parseRequest(packet);
      // Section 4: the version comes first, and once.
      if ((request.type === 'init') === hasBegun) throw new PeerError('SFTP begins with INIT, and has one');
      hasBegun = true;
      const answer = await answerTo(request, performing);
      if (request.type === 'write') buffers.give(packet);
      const room = output.send(answer, request.type === 'read' ? () => buffers.give(answer) : undefined);
      if (room !== null) await room;
    }
  } finally {
    await abandonAll(handles, log);
  }
  // OpenSSH's sftp waits for both, for ever.
  channel.exit(0);
  channel.end();

  async function answerTo(request: Request, performing: Performing): Promise<Buffer> {
    try {
      return await perform(request, performing);
    } catch (error) {
      if (request.type === 'init') throw error;
      const status = statusOf(error);
      tellLog({
        log,
        message: 'a request could not be carried out',
        fields: { request: request.type },
        error,
        isOurs: statusOf(error) === null,
      });
      return reply(request.id, status ?? faultStatus);
    }
  }
}

interface Queue {
  /** undefined: nothing is here just now. */
  shift(): Buffer | undefined;
  /** null: nothing more will come, or nobody would hear an answer. Rejects with what is wrong with what came. */
  next(): Promise<Buffer | null>;
}

function createQueue({ channel, buffers, gone }: Pick<SftpChannelOptions, 'channel' | 'buffers' | 'gone'>): Queue {
  let packets: Buffer[] = [];
  let first = 0;
  let bytes = 0;
  let isOver = false;
  let isGone = false;
  let failure: unknown = null;
  let wake: (() => void) | null = null;
  const reader = createPacketReader({
    allocate: buffers.take,
    take(packet) {
      packets.push(packet);
      bytes += packet.length;
    },
  });
  const look = (): void => {
    wake?.();
    wake = null;
  };
  const end = (): void => {
    isOver = true;
    look();
  };
  channel.on('data', (chunk: Buffer) => {
    if (failure !== null) return;
    try {
      reader.push(chunk);
    } catch (error) {
      failure = error;
    }
    if (bytes > maxQueuedBytes || packets.length - first > maxQueuedPackets) channel.pause();
    look();
  });
  channel.on('end', end);
  channel.on('error', end);
  const leave = (): void => {
    isGone = true;
    end();
  };
  channel.on('close', leave);
  gone.addEventListener('abort', leave);

  const shift = (): Buffer | undefined => {
    if (isGone) return undefined;
    const packet = packets[first];
    if (packet === undefined) return undefined;
    first += 1;
    bytes -= packet.length;
    if (first === packets.length) {
      packets = [];
      first = 0;
    } else if (first >= maxQueuedPackets) {
      packets = packets.slice(first);
      first = 0;
    }
    if (channel.isPaused() && bytes <= maxQueuedBytes / 2 && packets.length - first <= maxQueuedPackets / 2) {
      channel.resume();
    }
    return packet;
  };
  return {
    shift,
    async next() {
      for (;;) {
        const packet = shift();
        if (packet !== undefined) return packet;
        if (failure !== null) throw failure;
        if (isOver) return null;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
