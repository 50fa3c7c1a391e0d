import { once } from 'node:events';
import net from 'node:net';

/** A connection on which commands are sent, and each answer is waited for. */
export interface Dialogue {
  /** The first line of the answer; throws unless it begins as expected. */
  say(line: string, begins: string): Promise<string>;
  /** The same for an answer of many lines that ends with a dot; how many bytes it has. */
  list(line: string, begins: string): Promise<number>;
  close(): void;
}

const patienceMs = 120_000;

export async function openDialogue(port: number, greeting: string): Promise<Dialogue> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  let text: Buffer[] = [];
  let arrived = (): void => {};
  let isOver = false;
  socket.setTimeout(patienceMs, () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    text.push(chunk);
    arrived();
  });
  socket
    .on('error', () => {})
    .on('close', () => {
      isOver = true;
      arrived();
    });
  await once(socket, 'connect');
  await answer(greeting, isLine);
  return {
    async say(line, begins) {
      socket.write(`${line}\r\n`);
      return (await answer(begins, isLine)).toString();
    },
    async list(line, begins) {
      socket.write(`${line}\r\n`);
      return (await answer(begins, isList)).length;
    },
    close: () => socket.destroy(),
  };

  async function answer(begins: string, isWhole: (tail: Buffer) => boolean): Promise<Buffer> {
    for (;;) {
      const tail = text.at(-1);
      // An answer is the last thing that comes: nothing is sent ahead.
      if (tail !== undefined && (isWhole(tail) || isWhole(Buffer.concat(text)))) break;
      if (isOver) throw new Error(`the connection ended where ${begins} was expected`);
      await new Promise<void>((resolve) => (arrived = resolve));
    }
    const whole = Buffer.concat(text);
    text = [];
    if (!whole.toString('latin1', 0, begins.length).startsWith(begins))
      throw new Error(`expected ${begins}, got ${whole.toString('latin1', 0, 60).trim()}`);
    return whole;
  }
}

function isLine(text: Buffer): boolean {
  return text.at(-1) === 10;
}

function isList(text: Buffer): boolean {
  return text.length >= 5 && text.toString('latin1', text.length - 5) === '\r\n.\r\n';
}
