import type { Json } from './bus.ts';
import type { Severity } from './logger.ts';

/**
 * A configuration that was read and found right: plain frozen data, the same after a trip through JSON. Durations are
 * milliseconds, sizes bytes, paths absolute, `null` means "no limit" or "not set".
 */
export interface Plan {
  /** Absolute path of the main file. */
  readonly file: string;
  /** All files read, the main one first. */
  readonly files: readonly string[];
  readonly daemon: DaemonPlan;
  readonly logging: LoggingPlan;
  readonly admin: AddressPlan | null;
  readonly certificates: Readonly<Record<string, CertificatePlan>>;
  readonly accounts: readonly AccountSourcePlan[];
  /** By name. */
  readonly deliveries: Readonly<Record<string, DeliveryPlan>>;
  readonly services: readonly ServicePlan[];
}

export interface DaemonPlan {
  readonly name: string;
  /** null: not set; the default is chosen at run time. */
  readonly user: string | null;
  readonly group: string | null;
  readonly state: string;
  readonly runtime: string;
  readonly workers: number;
  readonly drain: number;
  readonly drainReload: number;
  readonly memory: number;
  /** How long ended sessions stay in the journal, milliseconds; 0: not at all. */
  readonly journal: number;
  /** Bytes that the disk of the spool keeps free: with less, nothing is taken in. */
  readonly spoolFree: number;
}

export interface LoggingPlan {
  readonly level: Severity;
  readonly facility: string;
  readonly resolve: boolean;
  readonly outputs: readonly OutputPlan[];
}

export type OutputPlan =
  | { readonly kind: 'console'; readonly format: 'auto' | 'pretty' | 'json' | 'syslog' }
  | { readonly kind: 'file'; readonly path: string; readonly format: 'json' | 'rfc5424' }
  | {
      readonly kind: 'syslog';
      readonly address: AddressPlan;
      readonly format: 'rfc5424' | 'rfc3164';
      readonly ca: string | null;
    };

/** An address as written, taken apart. */
export interface AddressPlan {
  readonly kind: 'tcp' | 'tls' | 'udp' | 'unix' | 'socket';
  /** As written: "tcp://127.0.0.1:2007". */
  readonly text: string;
  /** tcp, tls, udp: IPv4, IPv6 without brackets, "*", or a host name; else "". */
  readonly host: string;
  readonly port: number;
  /** unix: absolute path; else "". */
  readonly path: string;
  /** socket: the FileDescriptorName; else "". */
  readonly name: string;
}

export interface ListenPlan extends AddressPlan {
  readonly certificate: string | null;
  /** Networks whose connections begin with a PROXY header. */
  readonly proxyProtocol: readonly string[];
  /** Permissions of a unix socket, a number such as 0o660. */
  readonly mode: number | null;
  readonly broadcast: boolean;
  readonly multicast: readonly string[];
}

export type CertificatePlan = CertificateFiles | SelfSignedPlan | AcmePlan;

/** PEM files of the user's own. */
export interface CertificateFiles {
  readonly kind: 'files';
  readonly cert: string;
  readonly key: string;
  /** Of an encrypted key; null: it is not encrypted. */
  readonly passphrase: string | null;
}

/** Issued by the local authority that is kept in `daemon.state`. */
export interface SelfSignedPlan {
  readonly kind: 'self_signed';
  /** DNS names and IP addresses. */
  readonly names: readonly string[];
  /** Run after each renewal; empty: nothing. */
  readonly command: readonly string[];
}

/** Issued by a public authority (RFC 8555). */
export interface AcmePlan {
  readonly kind: 'acme';
  readonly names: readonly string[];
  readonly email: string | null;
  /** URL of the authority's directory. */
  readonly directory: string;
  /** PEM file of the authorities that the directory's own certificate is checked against; null: the system's. */
  readonly ca: string | null;
  readonly challenge: 'http-01' | 'tls-alpn-01';
  /** Where http-01 is answered. */
  readonly listen: AddressPlan;
  readonly command: readonly string[];
}

/** Where accounts are read from. */
export interface AccountSourcePlan {
  readonly kind: 'file' | 'htpasswd' | 'sqlite';
  readonly path: string;
}

/** Where received things go. Times are milliseconds. */
export interface DeliveryPlan {
  readonly type: string;
  /** The pause after the first failure, the longest one, and the age at which an item is given up. */
  readonly retry: { readonly first: number; readonly longest: number; readonly giveUp: number };
  /** How long one attempt may take. */
  readonly timeout: number;
  /** Attempts at once. */
  readonly concurrency: number;
  /** What it wants: names of services (empty: all), and a pattern that the item's name has to match (null: any). */
  readonly when: { readonly service: readonly string[]; readonly name: string | null };
  /** The type's own options as written (interpolated); the courier parses them with the type's schema. */
  readonly options: Json;
  /** Folder that relative paths in the options are relative to. */
  readonly base: string;
}

/** Old ciphers and protocols for devices that know no others, by the network they are in. */
export interface LegacyTlsPlan {
  readonly from: readonly string[];
  readonly minVersion: 'TLSv1' | 'TLSv1.1';
}

export interface Rate {
  readonly count: number;
  /** Milliseconds. */
  readonly window: number;
}

export interface AccessPlan {
  /** IPv4 or IPv6 networks, addresses, or host names such as "*.example.com". */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly neverBan: readonly string[];
  /** Minutes since local midnight, [from, to); `from > to` crosses midnight. Empty: always. */
  readonly hours: readonly (readonly [number, number])[];
}

export interface LimitsPlan {
  readonly connections: number;
  readonly perSource: number | null;
  readonly rate: Rate | null;
  readonly ratePerSource: Rate | null;
  readonly pause: number;
  /** undefined: the type's default. */
  readonly idle: number | null | undefined;
  readonly session: number | null;
  readonly authFailures: Rate;
  readonly ban: number;
}

export interface TlsPlan {
  readonly certificates: readonly string[];
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly clientCa: string | null;
  readonly clientCertificate: 'none' | 'optional' | 'required';
  readonly legacy: LegacyTlsPlan | null;
}

export interface ServicePlan {
  readonly name: string;
  /** Name of a built-in type, or an absolute path to a user's module. */
  readonly type: string;
  readonly enabled: boolean;
  readonly listen: readonly ListenPlan[];
  readonly user: string | null;
  readonly group: string | null;
  /** The supplementary groups; absent: all that the user has. */
  readonly groups?: readonly string[];
  readonly isolate: boolean;
  /** Whoever connects is banned. */
  readonly sensor: boolean;
  readonly access: AccessPlan;
  readonly limits: LimitsPlan;
  readonly tls: TlsPlan;
  readonly banner: string | null;
  readonly deliver: readonly string[];
  /** The type's own options as written (interpolated); the worker parses them with the module's schema. */
  readonly options: Json;
  /** Folder that relative paths in the options are relative to. */
  readonly base: string;
  /** The options name modules of the user's own. */
  readonly usesModules?: boolean;
  /** Absolute paths of the folders that it writes to. */
  readonly folders?: readonly string[];
}
