import type * as z from 'zod';

import type { Bus } from './bus.ts';
import type { Endpoint } from './endpoint.ts';
import type { Logger } from './logger.ts';
import type { ListenPlan } from './plan.ts';
import type { Child, Command } from './program.ts';
import type { Datagram, Session } from './session.ts';

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
  /** A command that shows the service at work, for the table that `run` prints. */
  trial?(address: TrialAddress): string;
  /** What is wrong between the options and where the service listens, or null; `path` is the option's. */
  check?(options: Options, listen: readonly ListenPlan[]): { path: string; message: string } | null;
  create(options: Options, context: ServiceContext): Service | Promise<Service>;
}

/** Where a trial command finds the service. */
export interface TrialAddress {
  readonly kind: 'tcp' | 'tls' | 'udp' | 'unix';
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

export interface Service {
  /** Returning closes politely; throwing is logged once, then the connection is dropped. */
  connection?(session: Session): Promise<void> | void;
  datagram?(packet: Datagram): Promise<void> | void;
  /**
   * The whole listening or bound socket is the service's (inetd's `wait`): nothing is accepted or read by Portico. Resolves
   * once the worker drains and nothing is at work on the socket any more.
   */
  socket?(socket: ServiceSocket): Promise<void> | void;
  /** The accepted socket may be taken by `session.descriptor`: nothing is read from it before. */
  readonly takesDescriptor?: boolean;
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
  /** Aborted when this worker is to end: accept nothing new, let what runs come to its end. */
  readonly draining: AbortSignal;
  /** Starts a program through posix_spawn. */
  spawn(command: Command): Child;
}

/** Gives a module its types; nothing else. */
export function defineService<Options>(module: ServiceModule<Options>): ServiceModule<Options> {
  return module;
}
