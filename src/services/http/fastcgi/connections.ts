import net from 'node:net';

import type { AddressPlan } from '../../../contract/plan.ts';

/** Connections to one backend; some of them wait for the next request. */
export interface Connections {
  /**
   * One that waits, which the backend may have closed without our knowing yet; or a new one, whose events tell. None is
   * opened while others wait: they occupy the backend's processes.
   */
  take(): BackendConnection;
  /** In any case a new one. */
  open(): net.Socket;
  /** After a whole answer. Closed, where there are enough. */
  keep(socket: net.Socket): void;
  close(): void;
}

export interface BackendConnection {
  readonly socket: net.Socket;
  readonly isOld: boolean;
}

// Shorter than what backends allow.
const idleMs = 5_000;

export function createConnections(address: AddressPlan, { keepCount }: { readonly keepCount: number }): Connections {
  const idle: net.Socket[] = [];
  const discard = (socket: net.Socket): void => {
    const at = idle.indexOf(socket);
    if (at >= 0) idle.splice(at, 1);
    socket.destroy();
  };
  const onUnasked = function (this: net.Socket): void {
    discard(this);
  };
  const unaskedEvents = ['data', 'end', 'close', 'timeout'] as const;
  const open = (): net.Socket => {
    const socket =
      address.kind === 'unix'
        ? net.connect({ path: address.path })
        : net.connect({ host: address.host, port: address.port, noDelay: true });
    // Whoever has a request on it is told by the call.
    socket.on('error', () => {});
    return socket;
  };
  return {
    open,
    take() {
      // The youngest: the others may come to their end.
      const socket = idle.pop();
      if (socket === undefined) return { socket: open(), isOld: false };
      for (const event of unaskedEvents) socket.off(event, onUnasked);
      socket.setTimeout(0).ref();
      return { socket, isOld: true };
    },
    keep(socket) {
      if (idle.length >= keepCount || socket.destroyed || !socket.writable) return discard(socket);
      idle.push(socket);
      socket.setTimeout(idleMs).unref();
      for (const event of unaskedEvents) socket.on(event, onUnasked);
      socket.resume();
    },
    close() {
      for (const socket of idle.splice(0)) socket.destroy();
    },
  };
}
