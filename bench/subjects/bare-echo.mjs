// bare-echo.mjs PORT - the least that echoes TCP with node:net: what Portico's echo is measured against. MIT licence.
import net from 'node:net';

net
  .createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      if (!socket.write(data)) socket.pause();
    });
    socket.on('drain', () => socket.resume());
    socket.on('end', () => socket.end());
  })
  .listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 });
