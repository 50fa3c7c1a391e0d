import { PeerError, TemporaryError } from '../../../contract/errors.ts';
import type { Dialogue, Handlers, Outcome } from '../dialogue.ts';
import type { PassiveEndpoint } from '../data/index.ts';
import type { AddressFamily, PeerAddress } from '../grammar/command.ts';
import { replies, reply } from '../replies.ts';

// RFC 959 4.1.2, RFC 2428: how data connections come about, and in which form data goes over them.

type DataVerb = 'PASV' | 'EPSV' | 'PORT' | 'EPRT' | 'TYPE' | 'MODE' | 'STRU';

export const dataCommands: Handlers<DataVerb> = {
  async PASV(_command, dialogue) {
    const { channel, session } = dialogue;
    if (session.peer.family === 'unix') return withoutAddress;
    if (channel.isEpsvAll) return afterEpsvAll;
    if (channel.family === 'IPv6') return reply(425, 'PASV has no room for an IPv6 address: EPSV has');
    const told = await openPort(dialogue, 'PASV', null);
    if (told === null) return noPort;
    const { host, port } = told;
    const numbers = [...host.split('.'), port >> 8, port & 255].join(',');
    // Programs look for the brackets, or for the first digit.
    return reply(227, `Entering Passive Mode (${numbers}).`);
  },
  async EPSV({ wanted }, dialogue) {
    const { channel, session } = dialogue;
    if (session.peer.family === 'unix') return withoutAddress;
    if (wanted === 'ALL') {
      channel.epsvAll();
      return reply(200, 'EPSV it is, from now on');
    }
    if (wanted !== null && wanted !== channel.family) {
      return reply(522, `Only this network protocol is there: (${channel.family === 'IPv4' ? 1 : 2})`);
    }
    const told = await openPort(dialogue, 'EPSV', wanted);
    return told === null ? noPort : reply(229, `Entering Extended Passive Mode (|||${told.port}|)`);
  },
  PORT: ({ to }, dialogue) => connectTo(to, dialogue),
  EPRT: ({ to }, dialogue) => connectTo(to, dialogue),
  TYPE({ type }, dialogue) {
    dialogue.type = type;
    return reply(200, type === 'A' ? 'Type is ASCII' : 'Type is binary');
  },
  MODE: () => replies.ok,
  STRU: () => replies.ok,
};

const withoutAddress = reply(425, 'There are no data connections beside a unix socket');
const noPort = reply(425, 'No port is free now, try again later');
const afterEpsvAll = reply(501, 'Only EPSV is allowed after EPSV ALL');

/** null: none is free. */
async function openPort(
  { channel, session }: Dialogue,
  kind: 'PASV' | 'EPSV',
  family: AddressFamily | null,
): Promise<PassiveEndpoint | null> {
  try {
    return await channel.passive(kind, family);
  } catch (error) {
    if (!(error instanceof TemporaryError)) throw error;
    session.log.warning(`no data connection: ${error.message}`);
    return null;
  }
}

function connectTo({ address, port }: PeerAddress, { channel }: Dialogue): Outcome {
  if (channel.isEpsvAll) return afterEpsvAll;
  try {
    channel.active({ host: address, port });
    return replies.ok;
  } catch (error) {
    if (error instanceof PeerError) return reply(501, error.message);
    throw error;
  }
}
