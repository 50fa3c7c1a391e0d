import type { Handlers } from '../dialogue.ts';
import type { Command, Verb } from '../grammar/command.ts';
import type { Dialogue, Outcome } from '../dialogue.ts';
import { dataCommands } from './data.ts';
import { factCommands } from './facts.ts';
import { folderCommands } from './folders.ts';
import { listingCommands } from './listings.ts';
import { loginCommands } from './login.ts';
import { miscCommands } from './misc.ts';
import { siteCommands } from './site.ts';
import { statusCommands } from './status.ts';
import { tlsCommands } from './tls.ts';
import { transferCommands } from './transfers.ts';

const handlers: Handlers<Verb> = {
  ...loginCommands,
  ...tlsCommands,
  ...dataCommands,
  ...folderCommands,
  ...transferCommands,
  ...listingCommands,
  ...factCommands,
  ...miscCommands,
  ...siteCommands,
  ...statusCommands,
};

/** Those that nobody has to have logged in for. */
export const openVerbs: ReadonlySet<Verb> = new Set<Verb>([
  'USER',
  'PASS',
  'ACCT',
  'QUIT',
  'REIN',
  'HOST',
  'AUTH',
  'PBSZ',
  'PROT',
  'CCC',
  'NOOP',
  'SYST',
  'FEAT',
  'OPTS',
  'HELP',
  'LANG',
  'CLNT',
  'STAT',
]);

/** Does what a command asks for. */
export function carryOut(command: Command, dialogue: Dialogue): Promise<Outcome> | Outcome {
  const handler = handlers[command.verb] as (command: Command, dialogue: Dialogue) => Promise<Outcome> | Outcome;
  return handler(command, dialogue);
}
