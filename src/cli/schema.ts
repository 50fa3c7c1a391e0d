import { exitCodes } from '../contract/errors.ts';
import type { Command } from './commands.ts';
import { formatJson } from './format.ts';

const schema: Command = async ({ terminal, house }) => {
  terminal.out(formatJson(await house.configSchema(), 2));
  return exitCodes.ok;
};

export default schema;
