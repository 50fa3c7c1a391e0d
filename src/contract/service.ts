import type * as z from 'zod';

import type { Mailbox } from './account.ts';
import type { Bus, Json } from './bus.ts';
import type { DataConnection, DataPort, PortRange } from './data-connection.ts';
import type { DeliveryDesk } from './delivery.ts';
import type { Disk } from './disk.ts';
import type { Endpoint } from './endpoint.ts';
import type { LogFields, Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { ListenPlan } from './plan.ts';
import type { Child, Command } from './program.ts';
import type { Datagram, DatagramPort, Session } from './session.ts';
import type { Tree, TreeOptions, TreeUser } from './tree.ts';

export type Transport = 'stream' | 'datagram';

/** A protocol. Each file in src/services default-exports one; a user's own module is the same thing. */
export interface ServiceModule<Options = unknown> {
  readonly name: string;
  /** One line, for `portico services` and the documentation. */
  readonly summary: string;
  readonly transports: readonly Transport[];
  /** A strict zod object with `.describe()` on each member: documentation, schema and samples derive from it. */
  readonly options: z.ZodType<Options>;
  /** YAML below a service's name that the tests boot and the documentation shows. */
  readonly example: string;
  /** Limits of this type where they differ from everyone's (idle 5m, connections 1000); milliseconds, null for none. */
  readonly defaults?: { readonly idle?: number | null };
  /** A command that shows the service at work, for the table that `run` prints. `options` are as they are written. */
  trial?(address: TrialAddress, options?: Json): string;
  /** What is wrong between the options and where the service listens or delivers to, or null; `path` is the option's. */
  check?(
    options: Options,
    listen: readonly ListenPlan[],
    deliver: readonly string[],
  ): { path: string; message: string } | null;
  /**
   * Whether these options name modules of the user's own: their files may have changed, so that every reload starts the
   * service's workers anew.
   */
  usesModules?(options: Options): boolean;
  /**
   * Whether a service with these options takes things in, so that they are counted from the start. Without it, one of our own types
   * does not, and a module of the user's does where it has deliveries.
   */
  receives?(options: Options, deliver: readonly string[]): boolean;
  /**
   * Loads what a service with these options, as they are written, will need of our own code. A worker calls it before it becomes
   * another user, who may not be able to read that; without it, all has to be there once the module is.
   */
  load?(options: Json): Promise<unknown>;
  /** Folders that it needs, most often to write to: made for its user where there are none, because the user may not be able to. */
  folders?(options: Options): readonly string[];
  create(options: Options, context: ServiceContext): Service | Promise<Service>;
}

/** Where a trial command finds the service. */
export interface TrialAddress {
  readonly kind: 'tcp' | 'tls' | 'udp' | 'unix';
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** tls: the file of the authority that its certificate is from, where that is our own. */
  readonly authority?: string;
}

export interface Service {
  /** Returning closes politely; throwing is logged once, then the connection is dropped. */
  connection?(session: Session): Promise<void> | void;
  datagram?(packet: Datagram): Promise<void> | void;
  /**
   * Called once for each address that receives datagrams, before the first of them: for what is sent from there without being
   * the answer to one. Receiving then goes on until `drain` is over.
   */
  opened?(port: DatagramPort): void;
  /**
   * The whole listening or bound socket is the service's (inetd's `wait`): nothing is accepted or read by Portico. Resolves
   * once the worker drains and nothing is at work on the socket any more.
   */
  socket?(socket: ServiceSocket): Promise<void> | void;
  /** The accepted socket may be taken by `session.descriptor`: nothing is read from it before. */
  readonly takesDescriptor?: boolean;
  /** Peers come by further connections, and go on with the TLS session of the first, with tickets or without. */
  readonly hasDataConnections?: boolean;
  /** What goes on without a session when the worker drains: it is waited for, as sessions are. */
  drain?(): Promise<void> | void;
  /** Once, after the last session or the drain deadline. */
  stop?(): Promise<void> | void;
}

/** A listening or bound socket given whole to a service. */
export interface ServiceSocket {
  readonly fd: number;
  readonly transport: Transport;
  readonly local: Endpoint;
  /** Resolves when something can be accepted or received, without taking it; rejects when the signal aborts. */
  readable(signal: AbortSignal): Promise<void>;
}

export interface ServiceContext {
  /** The service's name in the configuration. */
  readonly name: string;
  readonly log: Logger;
  readonly bus: Bus;
  /** Takes in what the service receives, for its deliveries. */
  readonly desk: DeliveryDesk;
  /** Names of the deliveries that the configuration has given the service. */
  readonly deliver: readonly string[];
  /** The mailboxes of these mail addresses, in their order; null: nobody's. Throws a TemporaryError when accounts cannot be asked now. */
  findMailboxes(addresses: readonly string[]): Promise<readonly (Mailbox | null)[]>;
  /** Where services keep what outlives them: a folder of the worker's user, 0700, in `daemon.state`. It may not be there. */
  readonly folder: string;
  /** For services that write files by themselves. */
  readonly disk: Disk;
  /** The name of the user that the worker is, for sentences about what it may not do; its number where it has none. */
  readonly user: string;
  /** Where an account's mail is, a Maildir: there may be none yet, and a service with a `user` of its own may not enter. */
  mailbox(account: string): string;
  /** Aborted when this worker is to end: accept nothing new, let what runs come to its end. */
  readonly draining: AbortSignal;
  /** Aborted when the whole daemon is to end: who is only waiting for a peer's next word says goodbye. A reload costs nobody a session. */
  readonly stopping: AbortSignal;
  /** What an authority expects at /.well-known/acme-challenge/TOKEN (RFC 8555 8.3); null: no such token. */
  acmeAnswer(token: string): string | null;
  readonly metrics: Metrics;
  /**
   * Writes a part of a file to the session, after all that was written before: by sendfile where no TLS is between. The
   * descriptor stays the caller's, and open until this is settled. Rejects when the connection is lost, and when the file
   * has become too short.
   */
  sendFile(session: Session, part: FilePart): Promise<void>;
  /** Files below a folder, for this session: what it sends belongs to its account and goes to the service's deliveries. */
  openTree(session: TreeUser, options: TreeOptions): Promise<Tree>;
  /** As `received` of a session, for what came without one, by datagrams: `item` says from whom. */
  received(item: LogFields): void;
  /** Counts a datagram that went over a port which the service has opened for itself; what comes to its addresses is counted anyway. */
  countDatagram(direction: 'in' | 'out', bytes: number): void;
  /**
   * A port where the session's peer can connect, on the address that the session came to. null: any port. Throws when none of
   * the range is free.
   */
  openDataPort(session: Session, ports: PortRange | null): Promise<DataPort>;
  /** Connects to a port of the session's peer, from the address that the session came to. */
  connectData(session: Session, port: number, timeoutMs: number): Promise<DataConnection>;
  /** Starts a program through posix_spawn. */
  spawn(command: Command): Child;
  /** What a module of the user's own exports, by name; loaded once. Throws an Error that says what is wrong with it. */
  loadModule(path: string): Promise<Readonly<Record<string, unknown>>>;
}

export interface FilePart {
  readonly fd: number;
  /** Bytes. */
  readonly offset: number;
  readonly length: number;
}

/** Gives a module its types; nothing else. */
export function defineService<Options>(module: ServiceModule<Options>): ServiceModule<Options> {
  return module;
}
