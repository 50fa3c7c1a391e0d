import type { Endpoint, Service } from '../../src/contract/index.ts';

export interface FakePacketOptions {
  readonly peer?: Endpoint;
  /** Called with each answer. */
  readonly onReply?: (bytes: Buffer) => void;
}

/** Hands one datagram to the service and gives what it answered until it returned, as text. */
export async function sendPacket(
  service: Service,
  data: string | Buffer,
  { peer = anyPeer, onReply = () => {} }: FakePacketOptions = {},
): Promise<string[]> {
  const replies: string[] = [];
  await service.datagram?.({
    data: Buffer.from(data),
    peer,
    local: { address: '127.0.0.1', port: 2000, family: 'IPv4' },
    reply(bytes) {
      replies.push(Buffer.from(bytes).toString('latin1'));
      onReply(Buffer.from(bytes));
    },
  });
  return replies;
}

const anyPeer: Endpoint = { address: '127.0.0.1', port: 40_000, family: 'IPv4' };

/** A peer at this port, for the rules that look at it. */
export function peerAt(port: number): Endpoint {
  return { ...anyPeer, port };
}
