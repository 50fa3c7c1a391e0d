import type { Readable } from 'node:stream';

import type * as z from 'zod';

import type { Logger } from './logger.ts';
import type { Child, Command } from './program.ts';

/** A thing in the spool, on its way to one delivery. */
export interface Item {
  /** The same at every attempt and for every delivery, so that receivers can tell repeats. */
  readonly id: string;
  /** Name and session of the service that took it in. */
  readonly service: string;
  readonly session: string;
  /** Who had logged in; null: nobody. */
  readonly account: string | null;
  /** What the peer called it, as one safe part of a path; a mail has its id and ".eml". */
  readonly name: string;
  /** "message/rfc822"; null: the peer did not say. */
  readonly mediaType: string | null;
  /** Bytes. */
  readonly size: number;
  /** Of its bytes, in hexadecimal digits. */
  readonly sha256: string;
  /** When it was acknowledged, milliseconds since 1970. */
  readonly received: number;
  /** Of a mail: its envelope and its subject; null: it is none. */
  readonly mail: MailFacts | null;
  open(): Readable;
  /** A descriptor of a file that holds nothing else, at its beginning and for reading only; who asks closes it. */
  openFile(): number;
}

export interface MailFacts {
  /** Envelope sender (RFC 5321 4.1.1.2); "" for bounces. */
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string | null;
}

/**
 * Where things go. `deliver` resolves when the thing has arrived for good; it may be called again with a thing that had
 * arrived (a crash came before that was noted down). TemporaryError: try again later; anything else is for ever.
 */
export interface DeliveryTarget {
  deliver(item: Item, signal: AbortSignal): Promise<void>;
  stop?(): Promise<void>;
}

/** What can be told of a kind of delivery without loading it. */
export interface TargetKind<Options = unknown> {
  readonly name: string;
  /** One line, for the documentation. */
  readonly summary: string;
  /** A strict zod object with `.describe()` on each member, without what all deliveries have in common. */
  readonly options: z.ZodType<Options>;
  /** YAML below a delivery's name that the documentation shows. */
  readonly example: string;
}

/** A kind of delivery. Each file or folder in src/deliveries/targets default-exports one. */
export interface TargetModule<Options = unknown> extends TargetKind<Options> {
  create(options: Options, context: TargetContext): DeliveryTarget | Promise<DeliveryTarget>;
}

export interface TargetContext {
  /** The delivery's name in the configuration. */
  readonly name: string;
  readonly log: Logger;
  /** Starts a program through posix_spawn. */
  spawn(command: Command): Child;
}
