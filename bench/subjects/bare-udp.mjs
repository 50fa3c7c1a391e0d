// bare-udp.mjs PORT - the least that echoes UDP with node:dgram. MIT licence.
import dgram from 'node:dgram';

const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
socket.on('message', (data, { port, address }) => socket.send(data, port, address));
socket.bind({ address: '127.0.0.1', port: Number(process.argv[2]) });
