import fs from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

import type { SessionEvent, SessionReport } from '../contract/channel.ts';
import type { ControlReply, ControlRequest, Status } from '../contract/control.ts';
import { ConfigError, ExitError, exitCodes, reasonOf } from '../contract/errors.ts';
import { nothingChanged } from './apply.ts';
import type { Orders } from './orders.ts';
import { BindError, removeStaleSocket } from './sockets.ts';

/** What the control socket can ask for; each throws what the command line shall say. */
export interface ControlHandlers {
  status(): Promise<Status>;
  sessions(): Promise<readonly SessionReport[]>;
  reload(): Promise<void>;
  upgrade(): Promise<void>;
  stop(): void;
  kick(id: string): Promise<boolean>;
  readonly orders: Orders;
  /** Sends session events until the function it returns is called. */
  follow(listener: (event: SessionEvent) => void): () => void;
}

export interface ControlSocket {
  readonly path: string;
  close(): void;
}

const maxRequestLength = 4096;
// A follower that does not read is cut off rather than kept in memory.
const maxFollowerBytes = 1 << 20;

/** Listens on `portico.sock` in the runtime folder, for the owner alone. Throws EADDRINUSE when a daemon is running there. */
export async function openControlSocket(runtime: string, handlers: ControlHandlers): Promise<ControlSocket> {
  const path = join(runtime, 'portico.sock');
  fs.mkdirSync(runtime, { recursive: true });
  await removeStaleSocket(path);
  const server = createServer((socket) => serve(socket, handlers));
  await listenForOwner(server, path);
  return {
    path,
    close() {
      server.close();
      fs.rmSync(path, { force: true });
    },
  };
}

async function listenForOwner(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('listening', resolve);
  server.once('error', reject);
  // The mode has to be right from the first moment on, so it cannot wait for a chmod.
  const before = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(before);
  }
  await promise;
  server.off('error', reject);
  server.on('error', () => {});
}

function serve(socket: Socket, handlers: ControlHandlers): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end < 0 && text.length <= maxRequestLength) return;
    socket.removeAllListeners('data').resume();
    const reply = (message: ControlReply): void => void socket.write(`${JSON.stringify(message)}\n`);
    void answer(end < 0 ? text : text.slice(0, end), socket, handlers, reply).catch((error: unknown) => {
      reply(refusal(error));
      socket.end();
    });
  });
}

async function answer(
  line: string,
  socket: Socket,
  handlers: ControlHandlers,
  reply: (message: ControlReply) => void,
): Promise<void> {
  const request = parseRequest(line);
  switch (request.command) {
    case 'status':
      reply({ ok: true, value: await handlers.status() });
      break;
    case 'sessions':
      reply({ ok: true, value: await handlers.sessions() });
      break;
    case 'reload':
      await handlers.reload();
      reply({ ok: true, value: null });
      break;
    case 'upgrade':
      await handlers.upgrade();
      reply({ ok: true, value: null });
      break;
    case 'stop':
      handlers.stop();
      reply({ ok: true, value: null });
      break;
    case 'kick': {
      const given: unknown = request.id;
      const id = String(given);
      const found = await handlers.kick(id);
      reply(
        found
          ? { ok: true, value: null }
          : { ok: false, code: exitCodes.negative, message: `there is no session ${id.slice(0, 40)}` },
      );
      break;
    }
    case 'bans':
    case 'ban':
    case 'unban':
    case 'certificates':
    case 'renew':
    case 'journal':
      reply({ ok: true, value: await carryOut(request, handlers.orders) });
      break;
    case 'delivery-list':
    case 'delivery-show':
    case 'delivery-retry':
    case 'delivery-drop':
    case 'delivery-replay':
      reply({ ok: true, value: await handlers.orders.deliveries.carryOut(request) });
      break;
    case 'follow': {
      const unfollow = handlers.follow((event) => {
        reply(event);
        if (socket.writableLength > maxFollowerBytes) socket.destroy();
      });
      socket.once('close', unfollow);
      reply({ ok: true, value: null });
      return;
    }
    default:
      reply({ ok: false, code: exitCodes.usage, message: 'unknown command' });
  }
  socket.end();
}

type Order = Extract<ControlRequest, { command: 'bans' | 'certificates' | 'ban' | 'unban' | 'renew' | 'journal' }>;

/** Whoever may open the control socket is trusted, but may still send anything by mistake. */
async function carryOut(request: Order, orders: Orders): Promise<Extract<ControlReply, { ok: true }>['value']> {
  switch (request.command) {
    case 'bans':
      return await orders.bans();
    case 'ban':
      await orders.ban(String(request.source), typeof request.duration === 'number' ? request.duration : null);
      return null;
    case 'unban':
      await orders.unban(String(request.source));
      return null;
    case 'certificates':
      return orders.certificates();
    case 'renew':
      return await orders.renew(Array.isArray(request.names) ? request.names.map(String) : []);
    case 'journal':
      return await orders.journal(Number(request.since) || 0, Math.max(1, Number(request.limit) || 1));
  }
}

function parseRequest(line: string): ControlRequest {
  if (line.length > maxRequestLength)
    throw new ExitError(exitCodes.usage, `expected a request of at most ${maxRequestLength} characters`);
  try {
    const request: unknown = JSON.parse(line);
    if (typeof request === 'object' && request !== null) return request as ControlRequest;
  } catch {
    // Said below, as for JSON that is something else.
  }
  throw new ExitError(exitCodes.usage, 'expected a request as an object in JSON');
}

function refusal(error: unknown): ControlReply {
  const message = reasonOf(error);
  if (error instanceof ConfigError) return { ok: false, code: exitCodes.config, message, mistakes: error.mistakes };
  if (error instanceof BindError)
    return { ok: false, code: exitCodes.unavailable, message: `${message}\n${nothingChanged}` };
  return { ok: false, code: error instanceof ExitError ? error.code : exitCodes.internal, message };
}
