// The same load as load.c, with the same arguments, for machines without a C compiler. It is slower than what it
// measures, so its figures compare little more than itself; the ratios are then too close to 1.
import dgram, { type Socket } from 'node:dgram';
import net from 'node:net';

const [kind] = process.argv.slice(2);
const [port = 0, count = 0, seconds = 0, last = 1] = process.argv.slice(3).map(Number);
const message = Buffer.alloc(64, 'a');
const warmUpMs = 200;
const lostAfterMs = 200;

let isOver = false;
let operations = 0;
let total = 0;
let errors = 0;
let lost = 0;

if (kind === 'idle') hold();
else {
  if (kind === 'udp') for (let i = 0; i < count; i += 1) exchange(last);
  else for (let i = 0; i < count; i += 1) connect(i);
  setTimeout(measure, warmUpMs);
}

function measure(): void {
  const from = performance.now();
  [operations, errors, lost] = [0, 0, 0];
  setTimeout(() => {
    isOver = true;
    const rate = (operations / (performance.now() - from)) * 1000;
    process.stdout.write(`${JSON.stringify({ rate, operations: total, errors, lost })}\n`, () => process.exit());
  }, seconds * 1000);
}

/** Connects, is done when 64 bytes came back (echo) or all was read (read), and does it again. */
function connect(turn: number): void {
  if (isOver) return;
  const socket = net.connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${1 + (turn % last)}`, noDelay: true });
  let got = 0;
  let isFailed = false;
  if (kind === 'echo') socket.write(message);
  socket.on('data', (data) => {
    got += data.length;
    if (kind === 'echo' && got >= message.length) socket.destroy();
  });
  socket.on('error', () => {
    isFailed = kind === 'echo' || got === 0;
  });
  socket.on('close', () => {
    if (isFailed || got === 0) errors += 1;
    else {
      operations += 1;
      total += 1;
    }
    connect(turn + 1);
  });
}

/** Keeps so many datagrams on their way; what does not come back in time is lost. */
function exchange(window: number): void {
  const socket: Socket = dgram.createSocket('udp4');
  let out = 0;
  let heardAt = performance.now();
  const fill = (): void => {
    for (; out < window; out += 1) socket.send(message);
  };
  socket.on('message', () => {
    out -= 1;
    operations += 1;
    total += 1;
    heardAt = performance.now();
    fill();
  });
  socket.connect(port, '127.0.0.1', fill);
  setInterval(() => {
    if (performance.now() - heardAt < lostAfterMs) return;
    lost += out;
    out = 0;
    fill();
  }, lostAfterMs / 10);
}

function hold(): void {
  let open = 0;
  for (let i = 0; i < count; i += 1) {
    net.connect({ port, host: '127.0.0.1' }, () => {
      open += 1;
      if (open === count) process.stdout.write(`${JSON.stringify({ open })}\n`);
    });
  }
  process.stdin.on('end', () => process.exit()).resume();
}
