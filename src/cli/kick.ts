import { exitCodes } from '../contract/errors.ts';
import type { Command } from './commands.ts';
import { findDaemon } from './daemon.ts';

const kick: Command = async (call) => {
  const [id = ''] = call.words;
  const daemon = await findDaemon(call);
  // That there is none of this id is the daemon's answer, with code 1.
  await daemon.tell({ command: 'kick', id });
  call.terminal.out(`${id} ended\n`);
  return exitCodes.ok;
};

export default kick;
