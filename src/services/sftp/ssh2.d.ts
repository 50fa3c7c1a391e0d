// The package has no types of its own, and those that others keep bring the types of an older Node.js along. This is what we
// use of it.
declare module 'ssh2' {
  import type { EventEmitter } from 'node:events';
  import type { Duplex, Writable } from 'node:stream';

  interface ParsedKey {
    readonly type: string;
    getPublicSSH(): Buffer;
    isPrivateKey(): boolean;
    verify(data: Buffer, signature: Buffer, hash: string | undefined): boolean | Error;
  }

  export interface AuthContext {
    readonly username: string;
    readonly method: 'none' | 'password' | 'publickey' | 'hostbased' | 'keyboard-interactive';
    /** Of the method "password". */
    readonly password?: string;
    /** Of the method "publickey". */
    readonly key?: {
      readonly algo: string;
      /** undefined: the request ends before it. */ readonly data: Buffer | undefined;
    };
    readonly hashAlgo?: string;
    readonly signature?: Buffer;
    readonly blob?: Buffer;
    accept(): void;
    reject(methodsLeft?: readonly string[]): void;
  }

  export interface Channel extends Duplex {
    readonly stderr: Writable;
    readonly outgoing: { readonly state: 'open' | 'eof' | 'closing' | 'closed' };
    exit(code: number): void;
    close(): void;
  }

  /** undefined: the channel has something on it already, which the library looks at here and no sooner. */
  type AcceptRequest = () => Channel | undefined;

  export interface ChannelRequests extends EventEmitter {
    on(event: 'subsystem', listener: (accept: AcceptRequest, reject: () => void, info: { name: string }) => void): this;
    on(event: 'exec', listener: (accept: AcceptRequest, reject: () => void, info: { command: string }) => void): this;
    on(event: 'shell', listener: (accept: AcceptRequest, reject: () => void) => void): this;
    on(event: 'close', listener: () => void): this;
  }

  export interface Connection extends EventEmitter {
    /** The socket that was injected. */
    readonly _sock: Duplex;
    /** `_queue`: what is to be sent once a key exchange is over; undefined when none is going on. */
    readonly _protocol: { _offer: object; readonly _queue?: readonly unknown[] };
    on(event: 'authentication', listener: (context: AuthContext) => void): this;
    on(event: 'session', listener: (accept: () => ChannelRequests, reject: () => void) => void): this;
    on(event: 'error', listener: (error: Error & { readonly level?: string }) => void): this;
    on(event: 'ready' | 'end' | 'close' | 'rekey', listener: () => void): this;
    end(): void;
  }

  export interface ServerOptions {
    readonly hostKeys: readonly (string | Buffer)[];
    readonly ident: string;
    readonly keepaliveInterval: number;
    readonly algorithms: Readonly<Record<'kex' | 'serverHostKey' | 'cipher' | 'hmac' | 'compress', readonly string[]>>;
  }

  export class Server extends EventEmitter {
    constructor(options: ServerOptions);
    injectSocket(socket: Duplex): void;
    on(event: 'connection', listener: (connection: Connection, info: { header: { identRaw: string } }) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }

  /** The other side, which tests are. */
  export class Client extends EventEmitter {
    connect(options: object): this;
    subsys(name: string, done: (error: Error | undefined, channel: Channel) => void): this;
    exec(command: string, done: (error: Error | undefined, channel: Channel) => void): this;
    shell(window: false, done: (error: Error | undefined, channel: Channel) => void): this;
    forwardOut(...given: [string, number, string, number, (error: Error | undefined) => void]): this;
    end(): this;
  }

  interface KeyPair {
    readonly private: string;
    readonly public: string;
  }
  const ssh2: {
    readonly Server: typeof Server;
    readonly Client: typeof Client;
    readonly utils: {
      parseKey(data: string | Buffer): ParsedKey | ParsedKey[] | Error;
      generateKeyPair(
        type: 'ed25519' | 'rsa',
        options: { readonly bits?: number; readonly comment?: string },
        done: (error: Error | null, pair: KeyPair) => void,
      ): void;
    };
  };
  export default ssh2;
}
