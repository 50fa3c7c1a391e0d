import type { Service, ServiceContext } from '../../contract/service.ts';
import type { Datagram } from '../../contract/session.ts';
import { isReflected } from '../../wire/reflection.ts';
import { openOwnLink } from './own-link.ts';
import type { TftpOptions } from './options.ts';
import { usualPatience, type Patience } from './patience.ts';
import { createSharedPort } from './shared-port.ts';
import { createTransfers, isRequest, type Arrival } from './transfers.ts';

type Context = Pick<ServiceContext, 'name' | 'log' | 'bus' | 'draining' | 'openTree' | 'received' | 'countDatagram'>;

export function createTftpService(options: TftpOptions, context: Context, patience: Patience = usualPatience): Service {
  return options.single_port ? onSharedPort(options, context, patience) : onOwnPorts(options, context, patience);
}

/** RFC 1350 4: each transfer from a port of its own, which tells it from all others. */
function onOwnPorts(options: TftpOptions, context: Context, patience: Patience): Service {
  const openLink = ({ local, peer }: Arrival) => openOwnLink(local, peer, context.countDatagram);
  const transfers = createTransfers({ options, context, patience, openLink });
  return {
    async datagram(packet) {
      if (!isRequest(packet.data) || comesFromReflector(packet)) return;
      const { data, peer, local } = packet;
      await transfers.begin({ data, peer, local, reply: (bytes) => packet.reply(bytes as Uint8Array) });
    },
    drain: () => transfers.emptied(),
    stop: () => transfers.stop(),
  };
}

function onSharedPort(options: TftpOptions, context: Context, patience: Patience): Service {
  const shared = createSharedPort(context);
  const transfers = createTransfers({ options, context, patience, openLink: shared.openLink });
  shared.serve(transfers);
  return {
    opened: shared.opened,
    async datagram(packet) {
      if (comesFromReflector(packet)) return;
      const { data, peer, local } = packet;
      await shared.receive({ data, peer, local, reply: (bytes) => packet.reply(bytes as Uint8Array) }, transfers);
    },
    drain: () => transfers.emptied(),
    async stop() {
      await transfers.stop();
      shared.stop();
    },
  };
}

/**
 * Our own port is none: an error is never answered, nor what is not asked for, so two of these do not talk for ever. And boot ROMs ask from
 * fixed ports, 2070 say.
 */
function comesFromReflector({ peer, local }: Datagram): boolean {
  return isReflected({ peer, local: { ...local, port: 0 } });
}
