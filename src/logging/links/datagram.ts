import dgram from 'node:dgram';
import dns from 'node:dns';

import type { Link, OpenLink } from '../link.ts';

/** Syslog over UDP (RFC 5426): one line, one datagram. Connected, so that an unreachable receiver is noticed when the network says so. */
export function createDatagramTarget({ host, port }: { readonly host: string; readonly port: number }): OpenLink {
  return (listener) => {
    let socket: dgram.Socket | undefined;
    let isGivenUp = false;
    dns.lookup(host, (failure, address, family) => {
      if (isGivenUp) return;
      if (failure !== null) return listener.broke(failure);
      socket = dgram.createSocket(family === 6 ? 'udp6' : 'udp4');
      socket.unref();
      socket.on('error', (error) => listener.broke(error));
      socket.connect(port, address, () => listener.opened(createDatagramLink(socket!)));
    });
    return () => {
      isGivenUp = true;
      if (socket === undefined) return;
      close(socket);
    };
  };
}

function createDatagramLink(socket: dgram.Socket): Link {
  return {
    send(lines, done) {
      let sent = 0;
      next();

      function next(): void {
        const line = lines[sent];
        if (line === undefined) return done(null, sent);
        transmit(socket, line, (error) => {
          // Too long for this network: no other try will be better.
          if (error !== null && error.code !== 'EMSGSIZE') return done(error, sent);
          sent += 1;
          next();
        });
      }
    },
    sendNow(lines) {
      for (const line of lines) transmit(socket, line, () => {});
    },
    close() {
      close(socket);
    },
  };
}

function transmit(socket: dgram.Socket, line: string, done: (error: NodeJS.ErrnoException | null) => void): void {
  try {
    socket.send(line, (error) => done(error));
  } catch (error) {
    // The socket was closed meanwhile.
    done(error as NodeJS.ErrnoException);
  }
}

function close(socket: dgram.Socket): void {
  socket.removeAllListeners('error');
  // What was sent to a receiver that is not there may still come back as an error.
  socket.on('error', () => {});
  try {
    socket.close();
  } catch {
    // Closed before.
  }
}
