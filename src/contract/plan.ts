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

export interface CertificatePlan {
  readonly cert: string;
  readonly key: string;
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
}

export interface ServicePlan {
  readonly name: string;
  /** Name of a built-in type, or an absolute path to a user's module. */
  readonly type: string;
  readonly enabled: boolean;
  readonly listen: readonly ListenPlan[];
  readonly user: string | null;
  readonly group: string | null;
  readonly isolate: boolean;
  readonly access: AccessPlan;
  readonly limits: LimitsPlan;
  readonly tls: TlsPlan;
  readonly banner: string | null;
  readonly deliver: readonly string[];
  /** The type's own options as written (interpolated); the worker parses them with the module's schema. */
  readonly options: Json;
  /** Folder that relative paths in the options are relative to. */
  readonly base: string;
}
