import { lookup } from 'node:dns/promises';
import fs from 'node:fs';
import net, { BoundSocket } from 'node:net';
import { dirname } from 'node:path';

import { formatEndpoint, type Endpoint } from '../contract/endpoint.ts';
import { reasonOf } from '../contract/errors.ts';
import type { AddressPlan, ListenPlan } from '../contract/plan.ts';
import { findDatagramPort } from '../system/datagram-port.ts';
import { libc } from '../system/libc.ts';
import { setSocketMode } from '../system/socket-mode.ts';
import { bindDatagram, descriptorKind, localAddress } from '../system/sockets.ts';
import type { SocketStore } from './socket-store.ts';

/** A bound socket. The master keeps it as long as a plan wants it, whatever becomes of the workers. */
export interface HeldSocket {
  /** What it was bound for: the same key finds it again on reload and upgrade. */
  readonly key: string;
  readonly transport: 'stream' | 'datagram';
  readonly local: Endpoint;
  /** null: nothing could be bound ahead (no node:ffi), the worker binds. */
  readonly fd: number | null;
  close(): void;
}

/** One address of a service, as the keeper is asked for it. */
export interface Wanted {
  readonly service: string;
  readonly index: number;
  readonly listen: ListenPlan;
}

/** Every address that could not be bound, each with the reason. */
export class BindError extends Error {
  override readonly name = 'BindError';
  readonly code: string | undefined;
  constructor(problems: readonly string[], code: string | undefined) {
    super(problems.join('\n'));
    this.code = code;
  }
}

export interface Holding {
  /** By `service/index`. */
  readonly sockets: ReadonlyMap<string, readonly HeldSocket[]>;
  /** The plan is in force: closes what it no longer wants. */
  commit(): void;
  /** The plan is not taken: closes what was bound for it alone. */
  undo(): void;
}

export interface SocketKeeper {
  /** Finds or binds everything that is wanted; all or nothing. Throws BindError that names each failure. */
  hold(wanted: readonly Wanted[]): Promise<Holding>;
  /** Takes in a socket from systemd (by its name) or from the master's previous image (by its key). */
  adopt(fd: number, name: string): void;
  all(): readonly HeldSocket[];
  /** Closes everything but systemd's: who connects from here on is refused, instead of waiting for nobody. */
  close(): void;
}

export function createSocketKeeper(store: SocketStore | null = null): SocketKeeper {
  const held = new Map<string, HeldSocket>();
  const named = new Map<string, HeldSocket[]>();
  return {
    async hold(wanted) {
      const sockets = new Map<string, readonly HeldSocket[]>();
      const fresh: HeldSocket[] = [];
      const problems: string[] = [];
      const codes: (string | undefined)[] = [];
      for (const { service, index, listen } of wanted) {
        try {
          sockets.set(`${service}/${index}`, await find(service, index, listen, fresh));
        } catch (error) {
          problems.push(`service ${service}: ${listen.text}: ${explainBind(error, listen)}`);
          codes.push((error as NodeJS.ErrnoException).code);
        }
      }
      const undo = (): void => {
        for (const socket of fresh) {
          held.delete(socket.key);
          socket.close();
        }
      };
      if (problems.length > 0) {
        undo();
        throw new BindError(problems, codes.every((code) => code === codes[0]) ? codes[0] : undefined);
      }
      const commit = (): void => {
        for (const { listen } of wanted) tryMode(listen);
        const kept = new Set([...sockets.values()].flat().map((socket) => socket.key));
        for (const socket of held.values()) {
          if (kept.has(socket.key)) {
            if (isStorable(socket)) store?.keep(socket.fd, keyPrefix + socket.key);
            continue;
          }
          held.delete(socket.key);
          socket.close();
          if (isStorable(socket)) store?.forget(keyPrefix + socket.key);
        }
      };
      return { sockets, commit, undo };
    },
    adopt(fd, name) {
      if (!isOwnName(name)) {
        // systemd's: they stay for the daemon's life, because systemd gives them only once.
        const socket = { ...describe(fd, `socket:${name}/${named.get(name)?.length ?? 0}`), close: () => {} };
        named.set(name, [...(named.get(name) ?? []), socket]);
        return;
      }
      const key = name.slice(keyPrefix.length);
      const socket = describe(fd, key);
      held.set(key, { ...socket, close: () => closeRaw(fd, socket.local) });
    },
    all: () => [...held.values(), ...[...named.values()].flat()],
    close() {
      for (const socket of held.values()) socket.close();
      held.clear();
    },
  };

  async function find(
    service: string,
    index: number,
    listen: ListenPlan,
    fresh: HeldSocket[],
  ): Promise<readonly HeldSocket[]> {
    if (listen.kind === 'socket') {
      const found = named.get(listen.name);
      if (found === undefined) throw new Error(`no socket of this name was inherited from systemd`);
      return found;
    }
    const found: HeldSocket[] = [];
    for (const host of await hostsOf(listen)) {
      // A port that the system chose is kept by the service's name and place, any other by its address.
      const own = listen.port === 0 && listen.kind !== 'unix' ? `#${service}/${index}` : '';
      const transport = listen.kind === 'udp' ? 'datagram' : 'stream';
      const key = `${transport} ${listen.kind === 'unix' ? listen.path : `${host} ${listen.port}`}${own}`;
      let socket = held.get(key);
      if (socket === undefined) {
        try {
          socket = await bind(key, transport, host, found[0]?.local.port ?? listen.port, listen);
        } catch (error) {
          // Both families are meant by "*"; a machine without IPv6 has only one.
          if (listen.host === '*' && found.length > 0 && isFamilyMissing(error)) continue;
          throw error;
        }
        held.set(key, socket);
        fresh.push(socket);
      }
      found.push(socket);
    }
    return found;
  }
}

/** The commonest reasons in words that say what to do. */
function explainBind(error: unknown, listen: ListenPlan): string {
  const { code } = error as NodeJS.ErrnoException;
  if (listen.kind === 'unix' || listen.kind === 'socket') return reasonOf(error);
  if (code === 'EADDRINUSE') return 'the address is in use (EADDRINUSE; "ss -lntup" tells by whom)';
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address (EADDRNOTAVAIL)';
  if (code === 'EACCES' && listen.port < 1024) {
    return 'ports below 1024 need root, CAP_NET_BIND_SERVICE, or a socket from systemd (EACCES)';
  }
  return reasonOf(error);
}

/** Marks names that are keys of ours among those of systemd. */
const keyPrefix = 'portico-';

/** The prefix alone does not tell: a unit called portico-web.socket gives such a name as well. */
function isOwnName(name: string): boolean {
  return /^portico-(?:stream|datagram) /.test(name);
}

/** The name under which the next image of the master finds a socket again. */
export function nameForUpgrade(socket: HeldSocket): string {
  return socket.key.startsWith('socket:')
    ? socket.key.slice('socket:'.length).replace(/\/\d+$/, '')
    : keyPrefix + socket.key;
}

/** A unix socket is its file, which goes with this process. */
function isStorable(socket: HeldSocket): socket is HeldSocket & { readonly fd: number } {
  return socket.fd !== null && socket.local.family !== 'unix';
}

function describe(fd: number, key: string): Omit<HeldSocket, 'close'> {
  return { key, fd, transport: descriptorKind(fd) ?? 'stream', local: localAddress(fd) };
}

function closeRaw(fd: number, local: Endpoint): void {
  fs.closeSync(fd);
  if (local.family === 'unix') fs.rmSync(local.address, { force: true });
}

async function hostsOf(listen: AddressPlan): Promise<readonly string[]> {
  if (listen.kind === 'unix') return [''];
  if (listen.host === '*') return ['0.0.0.0', '::'];
  if (net.isIP(listen.host) !== 0) return [listen.host];
  const found = await lookup(listen.host, { all: true });
  return [...new Set(found.map((entry) => entry.address))];
}

async function bind(
  key: string,
  transport: HeldSocket['transport'],
  host: string,
  port: number,
  listen: ListenPlan,
): Promise<HeldSocket> {
  if (listen.kind === 'unix') return bindUnix(key, listen);
  if (transport === 'datagram') return bindUdp(key, host, port, listen);
  const socket = new BoundSocket({ host, port, ipv6Only: host.includes(':') });
  const { address, port: chosen } = socket.address();
  const local: Endpoint = { address, port: chosen, family: host.includes(':') ? 'IPv6' : 'IPv4' };
  return { key, transport, local, fd: socket.fd(), close: () => socket.close() };
}

async function bindUdp(key: string, host: string, port: number, listen: ListenPlan): Promise<HeldSocket> {
  const address = { host, port, reuseAddress: listen.multicast.length > 0 };
  if (libc === null) {
    const family = host.includes(':') ? 'IPv6' : 'IPv4';
    const local: Endpoint = { address: host, port: await findDatagramPort(address), family };
    return { key, transport: 'datagram', local, fd: null, close: () => {} };
  }
  const fd = bindDatagram(address);
  return { key, transport: 'datagram', local: localAddress(fd), fd, close: () => fs.closeSync(fd) };
}

async function bindUnix(key: string, listen: ListenPlan): Promise<HeldSocket> {
  fs.mkdirSync(dirname(listen.path), { recursive: true });
  await removeStaleSocket(listen.path);
  // The types of Node 26.6 do not know `path` yet.
  const socket = new BoundSocket({ path: listen.path } as net.BoundSocketOptions);
  applyMode(listen);
  const local: Endpoint = { address: listen.path, port: 0, family: 'unix' };
  return {
    key,
    transport: 'stream',
    local,
    fd: socket.fd(),
    close() {
      socket.close();
      fs.rmSync(listen.path, { force: true });
    },
  };
}

function applyMode({ kind, path, mode }: ListenPlan): void {
  if (kind === 'unix' && mode !== null) setSocketMode(path, mode);
}

/** For the moment in which a plan comes into force: a file that was taken away since must not end that half-way. */
function tryMode(listen: ListenPlan): void {
  try {
    applyMode(listen);
  } catch {
    // Who serves there is told by the socket itself; what stands at its path now is somebody else's.
  }
}

/** Removes a socket file that nobody listens on any more; throws EADDRINUSE when somebody does, or when it is another kind of file. */
export async function removeStaleSocket(path: string): Promise<void> {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const inUse = (why: string): Error => Object.assign(new Error(`${path}: ${why}`), { code: 'EADDRINUSE' });
  if (!stat.isSocket()) throw inUse('is there and is no socket');
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = net.connect(path);
  probe.once('connect', () => resolve(true));
  probe.once('error', (error: NodeJS.ErrnoException) =>
    resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
  );
  const isAlive = await promise;
  probe.destroy();
  if (isAlive) throw inUse('another program listens there');
  fs.rmSync(path, { force: true });
}

function isFamilyMissing(error: unknown): boolean {
  return ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EPROTONOSUPPORT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** "tcp://127.0.0.1:2007": a listener as `status` shows it. */
export function listenerAddress(listen: AddressPlan, { transport, local }: HeldSocket, port: number): string {
  if (local.family === 'unix') return `unix:${local.address}`;
  const scheme = listen.kind === 'socket' ? (transport === 'stream' ? 'tcp' : 'udp') : listen.kind;
  return `${scheme}://${formatEndpoint({ ...local, port })}`;
}
