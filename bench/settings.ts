import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';

export interface Settings {
  readonly rounds: number;
  readonly seconds: number;
  /** Names of parts, cases and daemons; empty: everything. */
  readonly only: readonly string[];
  readonly isMarkdown: boolean;
  /** Where the scratch folder is made. */
  readonly folder: string;
  /** Size of a large file. */
  readonly mebibytes: number;
  /** Messages of the mailbox that is listed. */
  readonly messages: number;
  /** Things that wait in the queue of the courier. */
  readonly items: number;
}

export const usage = `Usage: npm run bench -- [--rounds 5] [--duration 0.6] [--only NAME…] [--markdown]
                       [--folder DIR] [--mebibytes 256] [--messages 10000] [--items 100000]
  --only       what to measure, with commas between: parts (tcp, ftp …), cases (ftp-retr …), daemons beside Portico and bare Node.js
  --markdown   titles as headings, to be pasted
  --folder     where the scratch folder is made, which should be on a disk (default: that for temporary files)
  --mebibytes, --messages, --items   how large a file, a mailbox and a queue are
`;

/** Null: the command line asks for the usage, or makes no sense. */
export function readSettings(): Settings | null {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      duration: { type: 'string', default: '0.6' },
      only: { type: 'string', default: '' },
      markdown: { type: 'boolean', default: false },
      folder: { type: 'string', default: tmpdir() },
      mebibytes: { type: 'string', default: '256' },
      messages: { type: 'string', default: '10000' },
      items: { type: 'string', default: '100000' },
      help: { type: 'boolean', default: false },
    },
  });
  const [rounds = 0, seconds = 0, ...sizes] = [
    values.rounds,
    values.duration,
    values.mebibytes,
    values.messages,
    values.items,
  ].map(Number);
  const [mebibytes = 0, messages = 0, items = 0] = sizes;
  if (values.help || !(rounds >= 1) || !(seconds > 0) || !sizes.every((size) => size >= 1)) return null;
  const only = values.only.split(',').filter(Boolean);
  return { rounds, seconds, only, isMarkdown: values.markdown, folder: values.folder, mebibytes, messages, items };
}
