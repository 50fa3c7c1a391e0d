// A service of one's own: asks for a name and greets it. examples/greeter.yaml names it by its path.
import { defineService, size } from 'portico';
import * as z from 'zod';

export default defineService({
  name: 'greeter',
  summary: 'Asks for a name and greets it',
  transports: ['stream', 'datagram'],
  options: z.strictObject({
    greeting: z.string().max(100).default('Hello').describe('what stands before the name'),
    max_name: size({ min: '1B', max: '1KB' }).prefault('64B').describe('longest name that is greeted'),
  }),
  example: `listen: [tcp://127.0.0.1:2030, udp://127.0.0.1:2030]
greeting: Good evening`,
  create({ greeting, max_name: maxBytes }, { log }) {
    // What outlives a connection stands here, never in the module: each service made from it has its own.
    let greeted = 0;
    const greet = (name: string): string => {
      greeted += 1;
      return `${greeting}, ${name}!\r\n`;
    };
    return {
      // Returning closes the connection; throwing is logged once and drops it.
      async connection({ stream }) {
        stream.write('Who are you?\r\n');
        const name = await readName(stream, maxBytes);
        if (name !== '') stream.write(greet(name));
      },
      datagram(packet) {
        const name = cleanName(packet.data.subarray(0, maxBytes));
        // Never more bytes than came: the source may be forged, and the answer would go to somebody else.
        if (name !== '') packet.reply(Buffer.from(greet(name)).subarray(0, packet.data.length));
      },
      stop() {
        log.info('greeter stops', { greeted });
      },
    };
  },
});

/** The first line, or as much of it as a name may have; "" when none comes. */
async function readName(stream: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  let read = Buffer.alloc(0);
  for await (const chunk of stream) {
    read = Buffer.concat([read, chunk]);
    if (read.includes('\n') || read.length >= maxBytes) break;
  }
  return cleanName(read.subarray(0, maxBytes));
}

/** What a peer sent goes back to it and to nobody else, but only as one line of printable text. */
function cleanName(bytes: Buffer): string {
  const [line = ''] = bytes.toString().split(/\r?\n/, 1);
  return line.replaceAll(/\p{C}/gu, '').trim();
}
