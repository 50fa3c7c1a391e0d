import type { Command } from './commands.ts';
import { findConfigFile } from './config-file.ts';
import { renderTrials } from './trials.ts';

const run: Command = (call) => {
  const { terminal, house } = call;
  const { path: file } = findConfigFile(call);
  // Under systemd stdout is the journal, which is for logs.
  if (terminal.env['JOURNAL_STREAM'] !== undefined) return house.runDaemon({ file });
  return house.runDaemon({
    file,
    ready(status, plan) {
      // Only what is loaded already: this process stays, and all the others are megabytes.
      const served = new Set(status.services.map(({ type }) => type));
      void house.services(served).then((types) => terminal.out(renderTrials(status, { types, plan }, terminal)));
    },
  });
};

export default run;
