import { fstatSync } from 'node:fs';

export interface InheritedSocket {
  readonly fd: number;
  readonly name: string;
}

/** The variables that speak of inherited sockets: to be removed from the environment once read, so that no child believes them. */
export const listenVariables = [
  'LISTEN_FDS',
  'LISTEN_FDNAMES',
  'LISTEN_PID',
  'LISTEN_PIDFDID',
  'PORTICO_LISTEN_FDS',
  'PORTICO_LISTEN_FDNAMES',
] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The sockets this process was started with: systemd's (sd_listen_fds(3): from 3 on, only when LISTEN_PID is `pid`), and
 * those that our own image before an execve left open (`describeInherited`). Throws on values that cannot be true.
 */
export function inheritedSockets(env: Environment, pid: number): InheritedSocket[] {
  const own = fromPredecessor(env);
  const known = new Set(own.map(({ fd }) => fd));
  // The pid does not change over execve, so that systemd's variables, if left, speak of sockets that are ours already.
  const sockets = [...own, ...fromSystemd(env, pid).filter(({ fd }) => !known.has(fd))];
  for (const { fd } of sockets) if (!isOpen(fd)) throw new Error(`inherited descriptor ${fd} is not open`);
  return sockets;
}

/** For the environment of the next image: sockets under any numbers, names with any characters. */
export function describeInherited(sockets: readonly InheritedSocket[]): Record<string, string> {
  return {
    PORTICO_LISTEN_FDS: sockets.map(({ fd }) => fd).join(','),
    PORTICO_LISTEN_FDNAMES: sockets.map(({ name }) => encodeURIComponent(name)).join(':'),
  };
}

function fromSystemd(env: Environment, pid: number): InheritedSocket[] {
  const count = env['LISTEN_FDS'];
  if (count === undefined || env['LISTEN_PID'] !== String(pid)) return [];
  const fds = Array.from({ length: numberIn('LISTEN_FDS', count) }, (_, i) => 3 + i);
  // Among them those that it has kept for us over a restart.
  return named('LISTEN_FDNAMES', fds, env['LISTEN_FDNAMES']).map(({ fd, name }) => ({
    fd,
    name: name.startsWith(storedPrefix) ? decodeName('LISTEN_FDNAMES', name.slice(storedPrefix.length)) : name,
  }));
}

// In names that are encoded as a whole a blank is %20, and units have none in theirs.
const storedPrefix = 'portico-stored%20';

/** The name that the service manager keeps a socket by: it may hold no ":", and of 255 characters at most. null: it cannot. */
export function storedName(name: string): string | null {
  const encoded = storedPrefix + encodeURIComponent(name);
  return encoded.length <= 255 ? encoded : null;
}

function fromPredecessor(env: Environment): InheritedSocket[] {
  const list = env['PORTICO_LISTEN_FDS'];
  if (list === undefined || list === '') return [];
  const fds = list.split(',').map((text) => numberIn('PORTICO_LISTEN_FDS', text));
  if (new Set(fds).size < fds.length)
    throw new Error(`PORTICO_LISTEN_FDS: ${JSON.stringify(list)} names a descriptor twice`);
  const sockets = named('PORTICO_LISTEN_FDNAMES', fds, env['PORTICO_LISTEN_FDNAMES']);
  return sockets.map(({ fd, name }) => ({ fd, name: decodeName('PORTICO_LISTEN_FDNAMES', name) }));
}

function named(variable: string, fds: readonly number[], list: string | undefined): InheritedSocket[] {
  // sd_listen_fds_with_names(3): without names, each is called "unknown".
  if (list === undefined) return fds.map((fd) => ({ fd, name: 'unknown' }));
  const names = fds.length === 0 && list === '' ? [] : list.split(':');
  if (names.length !== fds.length)
    throw new Error(`${variable}: expected ${fds.length} names, got ${names.length} in ${JSON.stringify(list)}`);
  return fds.map((fd, i) => ({ fd, name: names[i]! }));
}

function decodeName(variable: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(`${variable}: ${JSON.stringify(text)} is no name`);
  }
}

function numberIn(variable: string, text: string): number {
  if (!/^(0|[1-9][0-9]{0,5})$/.test(text))
    throw new Error(`${variable}: expected a number such as "3", got ${JSON.stringify(text)}`);
  return Number(text);
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
