/** What an account may do with the files below its home. */
export const permissions = ['list', 'read', 'write', 'delete', 'rename', 'mkdir'] as const;
export type Permission = (typeof permissions)[number];

/** Who has logged in, as services see it: nothing in here is secret. */
export interface Account {
  readonly name: string;
  /** Absolute path. */
  readonly home: string;
  /** Names or types of the services it may use; null: all. */
  readonly services: readonly string[] | null;
  readonly permissions: readonly Permission[];
  /** Bytes; null: no limit. */
  readonly quota: number | null;
  /** Addresses whose mail is this account's. */
  readonly mail: readonly string[];
}

/** Where mail for an account is put. */
export interface Mailbox {
  /** The account's name. */
  readonly account: string;
  /** Bytes until the account's quota is reached, below 0 past it; null: it has none, or its mailbox cannot be looked at. */
  readonly room: number | null;
}

/** An account with what it logs in by. Only the registry, and the master that reads the files, ever hold one. */
export interface AccountRecord extends Account {
  /** A PHC string (argon2id, scrypt) or a crypt(3) string; null: no login by password. */
  readonly password: string | null;
  /** Public keys in OpenSSH's form without options and comment: "ssh-ed25519 AAAA…". */
  readonly keys: readonly string[];
}

/** What a peer shows to log in. */
export type Credentials =
  | { readonly name: string; readonly password: string }
  /** `proven`: the signature was checked. Without it, it is only asked whether this key would do (RFC 4252 7). */
  | { readonly name: string; readonly key: string; readonly proven: boolean };

/** Where accounts come from: a file, a database, later a directory. */
export interface AccountSource {
  find(name: string): Promise<AccountRecord | null>;
  /** The account whose mail this address is; the comparison is without regard to case. */
  findByMail(address: string): Promise<AccountRecord | null>;
  /** One of the stored passwords, with the method and the parameters that most accounts have; null: there is none. */
  typicalPassword?(): Promise<string | null>;
  close(): void;
}

/** A place where accounts are kept, for those who keep them. Passwords are stored ones, never as typed. */
export interface AccountEditor {
  records(): Promise<readonly AccountRecord[]>;
  /** false, here and below: nothing was changed, because there is one of that name, or none. */
  add(name: string, password: string): Promise<boolean>;
  setPassword(name: string, password: string): Promise<boolean>;
  remove(name: string): Promise<boolean>;
  /** `key`: a line of OpenSSH's, with or without a comment. Throws OptionError for what is none. */
  addKey(name: string, key: string): Promise<boolean>;
  close(): void;
}

/** Names of accounts: they become folders, log fields and environment variables. */
export const accountName = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}$/;

export function isAccountName(name: string): boolean {
  // The one name that a map written in JavaScript cannot have as a key.
  return accountName.test(name) && name !== '__proto__';
}
