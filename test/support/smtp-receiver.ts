import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';

import type { Test } from 'tap';

/** A mail that came whole. */
export interface ReceivedMail {
  /** As in the commands: "<a@b.example> SIZE=3". */
  readonly from: string;
  readonly to: readonly string[];
  readonly size: number;
  /** Without the doubled dots; null: it was too large to be kept. */
  readonly content: Buffer | null;
  readonly sha256: string;
  readonly isEncrypted: boolean;
  readonly user: string | null;
}

export interface SmtpReceiver {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** All commands of all connections. */
  readonly commands: readonly string[];
  connections(): number;
  close(): Promise<void>;
}

export interface SmtpReceiverOptions {
  /** Another answer than the usual one; "" for none at all, null for the usual. "." is the end of a mail, "" the greeting. */
  readonly answer?: (command: string, count: number) => string | null;
  readonly extensions?: readonly string[];
  readonly tls?: { readonly cert: string; readonly key: string };
  /** From the first byte. */
  readonly isImplicit?: boolean;
}

const maxKept = 1024 ** 2;

/** A small SMTP server (RFC 5321) that says what a test wants it to. */
export async function startSmtpReceiver(t: Test, options: SmtpReceiverOptions = {}): Promise<SmtpReceiver> {
  const mails: ReceivedMail[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const note = (command: string): string | null => {
    commands.push(command);
    return options.answer?.(command, commands.filter((each) => each === command).length) ?? null;
  };
  const serve = (socket: Socket): void => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    talk(socket, { options, note, take: (mail) => mails.push(mail) });
  };
  const server =
    options.isImplicit === true && options.tls !== undefined
      ? tls.createServer(options.tls, serve).on('tlsClientError', () => {})
      : net.createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> =>
    (closing ??= new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    }));
  t.teardown(close);
  return { port: (server.address() as AddressInfo).port, mails, commands, connections: () => connections, close };
}

interface House {
  readonly options: SmtpReceiverOptions;
  note(command: string): string | null;
  take(mail: ReceivedMail): void;
}

function talk(first: Socket, { options, note, take }: House): void {
  const { extensions = ['PIPELINING', '8BITMIME', 'SIZE 100000000'], tls: pair, isImplicit = false } = options;
  let socket = first;
  let buffer: Buffer = Buffer.alloc(0);
  let [from, to, user]: [string, string[], string | null] = ['', [], null];
  let isEncrypted = isImplicit;
  let body: { hash: ReturnType<typeof createHash>; chunks: Buffer[]; size: number } | null = null;

  const say = (text: string): void => {
    if (text !== '' && !socket.destroyed) socket.write(`${text}\r\n`);
  };
  const read = (chunk: Buffer): void => {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
    for (;;) {
      const end = buffer.indexOf('\r\n');
      if (end === -1) return;
      const line = buffer.subarray(0, end + 2);
      buffer = buffer.subarray(end + 2);
      if (body === null) command(line.toString('latin1').trimEnd());
      else data(line);
    }
  };
  const data = (line: Buffer): void => {
    if (body === null) return;
    if (line.toString('latin1') !== '.\r\n') {
      const plain = line[0] === 0x2e ? line.subarray(1) : line;
      body.hash.update(plain);
      body.size += plain.length;
      if (body.size <= maxKept) body.chunks.push(Buffer.from(plain));
      return;
    }
    const { hash, size, chunks } = body;
    body = null;
    const reply = note('.') ?? '250 taken';
    const content = size <= maxKept ? Buffer.concat(chunks) : null;
    if (reply.startsWith('2')) take({ from, to, size, content, sha256: hash.digest('hex'), isEncrypted, user });
    [from, to] = ['', []];
    say(reply);
  };
  const command = (line: string): void => {
    const given = note(line);
    const [verb = ''] = line.toUpperCase().split(' ');
    const reply = given ?? usual(verb);
    if (/^MAIL FROM:/i.test(line) && reply.startsWith('2')) from = line.slice('MAIL FROM:'.length);
    if (/^RCPT TO:/i.test(line) && reply.startsWith('2')) to.push(line.slice('RCPT TO:'.length));
    if (verb === 'AUTH' && reply.startsWith('2'))
      user =
        Buffer.from(line.split(' ')[2] ?? '', 'base64')
          .toString('latin1')
          .split('\0')[1] ?? '';
    if (verb === 'RSET') [from, to] = ['', []];
    if (verb === 'DATA' && reply.startsWith('3')) body = { hash: createHash('sha256'), chunks: [], size: 0 };
    say(reply);
    if (verb === 'QUIT') socket.end();
    if (verb === 'STARTTLS' && reply.startsWith('2') && pair !== undefined) {
      socket.removeAllListeners('data');
      const secure = new tls.TLSSocket(socket, { isServer: true, ...pair });
      secure.on('error', () => {});
      isEncrypted = true;
      socket = secure;
      socket.on('data', read);
    }
  };
  const usual = (verb: string): string => {
    if (verb === 'EHLO') {
      const offers = [...extensions, ...(pair !== undefined && !isEncrypted ? ['STARTTLS'] : [])];
      return ['receiver.example', ...offers]
        .map((text, at) => `250${at === offers.length ? ' ' : '-'}${text}`)
        .join('\r\n');
    }
    if (verb === 'DATA') return to.length === 0 ? '554 no recipients' : '354 go on';
    if (verb === 'STARTTLS') return pair === undefined ? '502 no' : '220 go on';
    if (verb === 'AUTH') return '235 welcome';
    if (verb === 'QUIT') return '221 bye';
    return '250 fine';
  };
  socket.on('data', read);
  say(note('') ?? '220 receiver.example ESMTP');
}
