import fs from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';

import type { Link, OpenLink } from '../link.ts';

const connectMs = 10_000;
const keepAliveMs = 60_000;
// How long a receiver has to take what was sent before the connection is dropped.
const lingerMs = 2_000;

export interface StreamTargetOptions {
  readonly host: string;
  readonly port: number;
  /** null: no TLS. `ca` is a file of certificates to trust instead of the usual ones; it is read at each connection. */
  readonly tls: { readonly ca: string | null } | null;
}

/** Syslog over TCP (RFC 6587) or TLS (RFC 5425). The receiver has nothing to say; what it sends is not kept. */
export function createStreamTarget(options: StreamTargetOptions): OpenLink {
  return (listener) => {
    let cause: Error | undefined;
    let isOpen = false;
    let socket: net.Socket;
    try {
      socket = connect(options);
    } catch (error) {
      listener.broke(error as Error);
      return () => {};
    }
    socket.unref();
    socket.resume();
    const timer = setTimeout(() => socket.destroy(new Error('the receiver does not answer')), connectMs);
    timer.unref();
    socket.once(options.tls === null ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      isOpen = true;
      listener.opened(createStreamLink(socket));
    });
    socket.on('error', (error) => {
      cause = error;
    });
    socket.once('close', () => {
      clearTimeout(timer);
      listener.broke(cause ?? new Error('the receiver closed the connection'));
    });
    return () => {
      if (!isOpen) socket.destroy();
    };
  };
}

function connect({ host, port, tls: secure }: StreamTargetOptions): net.Socket {
  const way = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs };
  if (secure === null) return net.connect(way);
  return tls.connect({ ...way, ...(secure.ca === null ? {} : { ca: fs.readFileSync(secure.ca) }) });
}

function createStreamLink(socket: net.Socket): Link {
  return {
    send(lines, done) {
      let isDone = false;
      const finish = (error: Error | null): void => {
        if (isDone) return;
        isDone = true;
        socket.off('close', onClose);
        done(error, error === null ? lines.length : 0);
      };
      const onClose = (): void => finish(new Error('the connection broke while sending'));
      socket.once('close', onClose);
      // What was under way when the connection broke counts as not sent: a line twice is better than none.
      socket.write(lines.join(''), (error) =>
        finish(error ?? (socket.destroyed ? new Error('the connection broke') : null)),
      );
    },
    sendNow(lines) {
      if (!socket.destroyed) socket.write(lines.join(''));
    },
    close() {
      if (socket.destroyed) return;
      socket.destroySoon();
      const timer = setTimeout(() => socket.destroy(), lingerMs);
      timer.unref();
      socket.once('close', () => clearTimeout(timer));
    },
  };
}
