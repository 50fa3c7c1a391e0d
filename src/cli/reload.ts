import { ConfigError, exitCodes } from '../contract/errors.ts';
import type { Command } from './commands.ts';
import { findDaemon } from './daemon.ts';

const reload: Command = async (call) => {
  const { terminal, house } = call;
  const daemon = await findDaemon(call);
  try {
    await daemon.order({ command: 'reload' });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    terminal.err(await house.renderMistakes(error.mistakes));
    terminal.err('portico: nothing was changed, the daemon goes on as before\n');
    return exitCodes.config;
  }
  terminal.out('reloaded\n');
  return exitCodes.ok;
};

export default reload;
