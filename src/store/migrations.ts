/**
 * How the database came to be: version N is reached from N - 1 by the Nth of these, each in a transaction of its own. A
 * migration that has been released is never changed; what is wrong with it is made right by the next one.
 */
export const migrations: readonly string[] = [
  // Strict: a value of another type is an error when it is written, not when it is read.
  `
  CREATE TABLE bans (
    source TEXT NOT NULL PRIMARY KEY,
    ends INTEGER,
    reason TEXT NOT NULL,
    service TEXT,
    since INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX bans_ends ON bans (ends);

  CREATE TABLE failures (
    source TEXT NOT NULL PRIMARY KEY,
    times TEXT NOT NULL,
    keep_ms INTEGER NOT NULL,
    keep_count INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    first_end INTEGER NOT NULL,
    last_end INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    entries TEXT NOT NULL
  ) STRICT;
  CREATE INDEX journal_first_end ON journal (first_end);
  CREATE INDEX journal_last_end ON journal (last_end);
  `,

  `
  CREATE TABLE items (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    folder TEXT NOT NULL,
    file TEXT NOT NULL,
    start INTEGER NOT NULL,
    service TEXT NOT NULL,
    session TEXT NOT NULL,
    account TEXT,
    name TEXT NOT NULL,
    media_type TEXT,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    received INTEGER NOT NULL,
    mail TEXT,
    finished INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX items_file ON items (file);
  CREATE INDEX items_finished ON items (position) WHERE finished > 0;

  CREATE TABLE tasks (
    position INTEGER NOT NULL,
    delivery TEXT NOT NULL,
    mailbox TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued',
    attempts INTEGER NOT NULL DEFAULT 0,
    since INTEGER NOT NULL,
    next_at INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    reason TEXT,
    PRIMARY KEY (position, delivery, mailbox)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tasks_due ON tasks (delivery, state, next_at);
  CREATE INDEX tasks_owner ON tasks (owner) WHERE owner IS NOT NULL;

  CREATE TABLE delivered (
    delivery TEXT NOT NULL PRIMARY KEY,
    total INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];
