import { exitCodes } from '../contract/errors.ts';
import type { Command } from './commands.ts';
import { hashFromInput } from './hash-from-input.ts';

const hashPassword: Command = async ({ terminal }) => {
  terminal.out(`${await hashFromInput(terminal)}\n`);
  return exitCodes.ok;
};

export default hashPassword;
