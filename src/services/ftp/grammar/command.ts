// What a peer can ask for (RFC 959 4.1, 2228, 2389, 2428, 2640, 3659, 4217, 7151), as the grammar gives it to the commands.

/** Those that are about one path. */
export type PathVerb = 'CWD' | 'MKD' | 'RMD' | 'DELE' | 'RNFR' | 'RNTO' | 'RETR' | 'STOR' | 'APPE' | 'SIZE';
/** Those whose path may be left out. */
export type OptionalPathVerb = 'MLSD' | 'MLST' | 'STOU';
/** Those that take options as programs of Unix do. */
export type ListVerb = 'LIST' | 'NLST';
export type PlainVerb = 'CDUP' | 'PWD' | 'QUIT' | 'REIN' | 'PASV' | 'NOOP' | 'SYST' | 'FEAT' | 'ABOR' | 'CCC' | 'ACCT';

/** RFC 959 3.1.1: lines of text, or bytes. */
export type TransferType = 'A' | 'I';
export type AddressFamily = 'IPv4' | 'IPv6';

export interface PeerAddress {
  readonly address: string;
  readonly port: number;
}

export type SiteAction =
  | { readonly kind: 'help' }
  | { readonly kind: 'chmod'; readonly mode: number; readonly path: string }
  | { readonly kind: 'utime'; readonly modified: number; readonly path: string };

export type Command =
  | { readonly verb: PathVerb; readonly path: string }
  | { readonly verb: OptionalPathVerb; readonly path: string | null }
  | { readonly verb: ListVerb; readonly path: string | null; readonly isEntryWanted: boolean }
  | { readonly verb: PlainVerb }
  | { readonly verb: 'STAT'; readonly path: string | null }
  | { readonly verb: 'USER' | 'HOST' | 'CLNT'; readonly name: string }
  | { readonly verb: 'PASS'; readonly password: string }
  | { readonly verb: 'AUTH' | 'PROT'; readonly word: string }
  | { readonly verb: 'PBSZ' | 'REST' | 'ALLO'; readonly count: number }
  | { readonly verb: 'PORT' | 'EPRT'; readonly to: PeerAddress }
  /** null: whatever the control connection has. */
  | { readonly verb: 'EPSV'; readonly wanted: AddressFamily | 'ALL' | null }
  | { readonly verb: 'TYPE'; readonly type: TransferType }
  | { readonly verb: 'MODE' | 'STRU' }
  /** `modified`: milliseconds since 1970. */
  | { readonly verb: 'MFMT'; readonly modified: number; readonly path: string }
  /** `modified`: as some write it, in front of the path, to set the time; null: it is asked for. `text`: all that stood there. */
  | { readonly verb: 'MDTM'; readonly path: string; readonly modified: number | null; readonly text: string }
  | { readonly verb: 'OPTS'; readonly option: 'UTF8' | 'MLST'; readonly values: readonly string[] }
  | { readonly verb: 'SITE'; readonly action: SiteAction }
  | { readonly verb: 'HELP' | 'LANG'; readonly word: string | null };

export type Verb = Command['verb'];
export type CommandOf<V extends Verb> = Command extends infer C
  ? C extends { readonly verb: infer W }
    ? V extends W
      ? C
      : never
    : never
  : never;

/** `reply`: what a peer is told that said something else. */
export type Parsed = { readonly command: Command } | { readonly reply: string };
