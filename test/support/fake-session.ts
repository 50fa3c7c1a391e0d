import { randomBytes } from 'node:crypto';
import { duplexPair, type Duplex } from 'node:stream';

import type { Account, Credentials } from '../../src/contract/account.ts';
import type { EndReason, Endpoint, LogFields, Logger, Service, Session, TlsInfo } from '../../src/contract/index.ts';

/**
 * A session without a socket: the service holds one end of a pair of streams, the test talks at the other. As on a real
 * connection either direction can end before the other, and writes wait (64 KiB each way) while nobody reads.
 */
export function createFakeSession(options: FakeSessionOptions = {}): FakeSession {
  const [near, far] = duplexPair();
  const abortion = new AbortController();
  const logs: LogLine[] = [];
  const items: LogFields[] = [];
  // The worker listens for these as well: an error of the connection is never an uncaught exception.
  near.on('error', () => {});
  far.on('error', () => {});
  let account: Account | null = null;

  const session: Session = {
    id: randomBytes(6).toString('hex'),
    service: options.service ?? 'test',
    peer: options.peer ?? { address: '127.0.0.1', port: 40_000, family: 'IPv4' },
    local: options.local ?? { address: '127.0.0.1', port: 2000, family: 'IPv4' },
    log: createFakeLogger(logs),
    stream: near,
    tls: options.tls ?? null,
    bytes: { in: 0, out: 0 },
    signal: abortion.signal,
    canStartTls: false,
    startTls: async () => {
      throw new Error('the fake session cannot start TLS');
    },
    get account() {
      return account;
    },
    async authenticate(credentials) {
      const found = (await options.authenticate?.(credentials)) ?? null;
      if (found !== null && (!('key' in credentials) || credentials.proven)) account = found;
      return found;
    },
    received: (item) => void items.push(item),
    descriptor: null,
    handedOver() {},
  };
  return {
    session,
    peer: createFakePeer(near, far),
    logs,
    items,
    abort: (reason) => abortion.abort(reason),
    async serve(service) {
      try {
        await service.connection?.(session);
        near.end();
      } catch (error) {
        near.destroy();
        throw error;
      }
    },
  };
}

export interface FakeSessionOptions {
  /** The service's name in the configuration. */
  readonly service?: string;
  readonly peer?: Endpoint;
  readonly local?: Endpoint;
  readonly tls?: TlsInfo | null;
  /** Who may log in; default: nobody. */
  readonly authenticate?: (credentials: Credentials) => Promise<Account | null> | Account | null;
}

export interface FakeSession {
  readonly session: Session;
  readonly peer: FakePeer;
  /** What was written to `session.log`, children included. */
  readonly logs: LogLine[];
  /** What the service has taken in. */
  readonly items: LogFields[];
  abort(reason: EndReason): void;
  /** What the worker does: runs `connection`, ends the stream when it returns, destroys it and rejects when it throws. */
  serve(service: Service): Promise<void>;
}

export interface LogLine {
  readonly severity: 'err' | 'warning' | 'notice' | 'info' | 'debug';
  readonly message: string;
  readonly fields: LogFields;
}

/** The other end of the connection. It reads only when asked to, so not asking makes a slow reader. */
export interface FakePeer {
  readonly stream: Duplex;
  write(text: string | Uint8Array): void;
  /** The next line without its ending; rejects when the connection ends before one. */
  line(): Promise<string>;
  /** The next `count` lines. */
  lines(count: number): Promise<string[]>;
  /** Exactly this many bytes; rejects when the connection ends before. */
  bytes(count: number): Promise<Buffer>;
  /** All that comes until the connection ends. */
  rest(): Promise<string>;
  /** Ends our direction only (a FIN). */
  end(text?: string | Uint8Array): void;
  /** Hangs up in the hard way: the service's stream errors with ECONNRESET. */
  reset(): void;
}

function createFakePeer(near: Duplex, far: Duplex): FakePeer {
  let arrived = Buffer.alloc(0);
  let turn: Promise<unknown> = Promise.resolve();
  const chunks: AsyncIterator<Buffer> = far[Symbol.asyncIterator]();

  const more = async (): Promise<boolean> => {
    const { value, done } = await chunks.next().catch(() => ({ value: undefined, done: true }));
    if (done === true || value === undefined) return false;
    arrived = Buffer.concat([arrived, value]);
    return true;
  };
  const take = (length: number): Buffer => {
    const taken = arrived.subarray(0, length);
    arrived = arrived.subarray(length);
    return taken;
  };
  // Reads stand in a queue, so that two of them never share a line.
  const inTurn = <T>(read: () => Promise<T>): Promise<T> => {
    const result = turn.then(read);
    turn = result.catch(() => {});
    return result;
  };
  const readLine = async (): Promise<string> => {
    let end = arrived.indexOf(10);
    while (end < 0) {
      if (!(await more())) throw new Error(`the connection ended; no line in ${JSON.stringify(arrived.toString())}`);
      end = arrived.indexOf(10);
    }
    return take(end + 1)
      .toString()
      .replace(/\r?\n$/, '');
  };

  return {
    stream: far,
    write: (text) => void far.write(text),
    line: () => inTurn(readLine),
    lines: (count) =>
      inTurn(async () => {
        const lines: string[] = [];
        while (lines.length < count) lines.push(await readLine());
        return lines;
      }),
    bytes: (count) =>
      inTurn(async () => {
        while (arrived.length < count) {
          if (!(await more())) throw new Error(`the connection ended after ${arrived.length} of ${count} bytes`);
        }
        return take(count);
      }),
    rest: () =>
      inTurn(async () => {
        while (await more());
        return take(arrived.length).toString();
      }),
    end: (text) => void (text === undefined ? far.end() : far.end(text)),
    reset: () => void near.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })),
  };
}

/** A logger that keeps its lines in `lines`. */
export function createFakeLogger(lines: LogLine[], bindings: LogFields = {}): Logger {
  const write =
    (severity: LogLine['severity']) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ severity, message, fields: { ...bindings, ...fields } });
    };
  return {
    err: write('err'),
    warning: write('warning'),
    notice: write('notice'),
    info: write('info'),
    debug: write('debug'),
    child: (more) => createFakeLogger(lines, { ...bindings, ...more }),
  };
}
