// The package has no types of its own, and those that others keep bring the types of an older Node.js along. This is what we
// use of it, and of ssh2 below it.
declare module 'ssh2-sftp-client' {
  import type { Socket } from 'node:net';
  import type { Readable } from 'node:stream';

  interface ConnectOptions {
    readonly sock: Socket;
    readonly username: string;
    readonly password?: string;
    readonly privateKey?: Buffer;
    readonly passphrase?: string;
    readonly tryKeyboard?: boolean;
    readonly hostVerifier: (key: Buffer) => boolean;
    readonly algorithms?: { readonly serverHostKey: readonly string[] };
    readonly readyTimeout: number;
    readonly keepaliveInterval?: number;
  }
  interface Stats {
    readonly size: number;
    /** Milliseconds since 1970; the protocol has seconds only. */
    readonly modifyTime: number;
    readonly isFile: boolean;
  }
  type Done = (error?: Error | null) => void;
  export interface RawSftp {
    open(path: string, flags: string, done: (error: Error | undefined, handle: Buffer) => void): void;
    write(handle: Buffer, data: Buffer, offset: number, length: number, position: number, done: Done): void;
    fsetstat(handle: Buffer, attributes: { readonly atime: number; readonly mtime: number }, done: Done): void;
    /** Throws where the server does not know it. */
    ext_openssh_fsync(handle: Buffer, done: Done): void;
    close(handle: Buffer, done: Done): void;
  }
  export default class SftpClient {
    constructor(name: string, listeners: { error(error: Error): void; end(): void; close(): void });
    readonly sftp: RawSftp | undefined;
    on(event: 'keyboard-interactive', listener: (...given: never[]) => void): void;
    connect(options: ConnectOptions): Promise<RawSftp>;
    end(): Promise<boolean>;
    lstat(path: string): Promise<Stats>;
    mkdir(path: string, isRecursive: boolean): Promise<string>;
    rename(from: string, to: string): Promise<string>;
    delete(path: string, isNothingFine: boolean): Promise<string>;
    createReadStream(path: string): Readable;
  }
}
