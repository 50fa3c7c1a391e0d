import fs from 'node:fs';
import { dirname } from 'node:path';

/** What keeps a database from being used, by what can be done about it. */
export type StoreTrouble =
  | 'corrupt'
  | 'foreign'
  | 'newer'
  | 'read-only'
  | 'permission'
  | 'missing'
  | 'full'
  | 'busy'
  | 'io'
  | 'closed'
  | 'other';

/** The message names the file, says what is wrong and what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly trouble: StoreTrouble;
  constructor(file: string, trouble: StoreTrouble, cause?: unknown) {
    const text = cause instanceof Error ? cause.message : '';
    const { wrong, advice } = words[trouble]({ file, folder: dirname(file), reason: text });
    super(`${file}: ${wrong}${text === '' ? '' : ` (${text})`}: ${advice}`, cause === undefined ? {} : { cause });
    this.trouble = trouble;
  }
}

/** Whatever SQLite or the file system threw, in words for the operator. */
export function toStoreError(file: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const reason = (error as { readonly errcode?: number }).errcode === cannotOpen ? whyNotOpened(file, error) : error;
  return new StoreError(file, troubleOf(reason), reason);
}

/** SQLite only says that it cannot; the system says why. */
function whyNotOpened(file: string, error: unknown): unknown {
  try {
    fs.accessSync(dirname(file), fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
    fs.accessSync(file, fs.constants.R_OK | fs.constants.W_OK);
    return error;
  } catch (reason) {
    return reason;
  }
}

interface Place {
  readonly file: string;
  readonly folder: string;
  readonly reason: string;
}

const anew = (file: string): string =>
  `move ${file}, ${file}-wal and ${file}-shm away to begin with an empty one, or put a backup in their place`;

const words: Readonly<Record<StoreTrouble, (place: Place) => { readonly wrong: string; readonly advice: string }>> = {
  corrupt: ({ file }) => ({ wrong: 'the database is damaged', advice: anew(file) }),
  foreign: ({ file }) => ({ wrong: 'this is the database of another program', advice: anew(file) }),
  newer: ({ file }) => ({
    wrong: 'the database was made by a newer release of Portico',
    advice: `install that release again, or ${anew(file)}`,
  }),
  'read-only': ({ folder }) => ({
    wrong: 'the database cannot be written',
    advice: `make ${folder} and the files in it writable for the user that runs the daemon; see whether the disk is mounted read-only`,
  }),
  permission: ({ folder }) => ({
    wrong: 'no permission to use the database',
    advice: `let ${folder} and the files in it belong to the user that runs the daemon`,
  }),
  missing: ({ folder }) => ({
    wrong: 'the database cannot be opened',
    advice: `${folder} must be a folder, and the database a file`,
  }),
  full: ({ folder }) => ({ wrong: 'no space left for the database', advice: `make room on the disk of ${folder}` }),
  busy: () => ({
    wrong: 'another process holds the database',
    advice: 'end what has it open: a second daemon, a backup, the sqlite3 shell',
  }),
  io: ({ folder }) => ({
    wrong: 'the disk does not read or write',
    advice: `look at the system log and at the disk of ${folder}`,
  }),
  closed: () => ({ wrong: 'the database is closed', advice: 'the daemon is ending' }),
  other: () => ({ wrong: 'the database does not work', advice: 'this is likely a fault of Portico, please report it' }),
};

const cannotOpen = 14;

// https://www.sqlite.org/rescode.html: the lowest byte of an extended code is the primary one.
const sqliteTroubles: Readonly<Record<number, StoreTrouble>> = {
  3: 'permission',
  5: 'busy',
  6: 'busy',
  8: 'read-only',
  10: 'io',
  11: 'corrupt',
  13: 'full',
  [cannotOpen]: 'missing',
  23: 'permission',
  26: 'corrupt',
};

// The shared memory of the log cannot grow: the one way in which a full disk is not SQLITE_FULL.
const ioErrorShmSize = 4874;

const systemTroubles: Readonly<Record<string, StoreTrouble>> = {
  EACCES: 'permission',
  EPERM: 'permission',
  EROFS: 'read-only',
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  EISDIR: 'missing',
  ELOOP: 'missing',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EIO: 'io',
  ERR_INVALID_STATE: 'closed',
};

function troubleOf(error: unknown): StoreTrouble {
  const { code, errcode } = error as { readonly code?: string; readonly errcode?: number };
  if (errcode === ioErrorShmSize) return 'full';
  if (errcode !== undefined) return sqliteTroubles[errcode & 0xff] ?? 'other';
  return systemTroubles[code ?? ''] ?? 'other';
}
