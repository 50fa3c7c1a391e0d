import type { Channel } from 'ssh2';

import type { Logger } from '../../../contract/logger.ts';
import { abandonAll } from '../abandon-all.ts';
import type { Files } from '../files.ts';
import type { Handles } from '../handles.ts';
import type { Output } from '../output.ts';
import { faultStatus, statusOf } from '../status.ts';
import { tellLog } from '../../../wire/tell-log.ts';
import type { ScpCommand } from './parse-command.ts';
import { receiveFiles } from './sink.ts';
import { sendFiles } from './source.ts';
import { createWire, type Wire } from './wire.ts';

export interface ScpOptions {
  readonly channel: Channel;
  readonly output: Output;
  readonly command: ScpCommand;
  readonly files: Promise<Files>;
  readonly handles: Handles;
  readonly log: Logger;
}

/** What both directions need. */
export interface Copying {
  readonly wire: Wire;
  readonly command: ScpCommand;
  readonly files: Files;
  readonly handles: Handles;
  /** Tells the peer what cannot be done, and goes on. */
  warn(error: unknown): Promise<void>;
}

/** The protocol of `scp -O`, as it was before SFTP: for programs that know no other. */
export async function serveScp(options: ScpOptions): Promise<void> {
  const { channel, output, command, handles, log } = options;
  channel.on('error', () => {});
  const wire = createWire(channel, output);
  let hasFailed = false;
  const warn = async (error: unknown): Promise<void> => {
    hasFailed = true;
    const status = statusOf(error);
    tellLog({ log, message: 'a file could not be copied', fields: {}, error, isOurs: statusOf(error) === null });
    await wire.send(`\u0001scp: ${(status ?? faultStatus).text}\n`);
  };
  try {
    const copying: Copying = { wire, command, files: await options.files, handles, warn };
    await (command.role === 'sink' ? receiveFiles(copying) : sendFiles(copying));
  } finally {
    await abandonAll(handles, log);
  }
  channel.exit(hasFailed ? 1 : 0);
  channel.end();
}
