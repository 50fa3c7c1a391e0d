import { defineService, type TrialAddress } from '../../contract/service.ts';
import { trialCommand } from '../../wire/trial.ts';
import { gopherOptions } from './options.ts';
import { createGopherService } from './service.ts';

export default defineService({
  name: 'gopher',
  summary: 'Shows a folder as menus and files (RFC 1436), with searches of your own',
  transports: ['stream'],
  options: gopherOptions,
  example: `listen: tcp://127.0.0.1:2070
root: ./hole`,
  trial: (address: TrialAddress) => trialCommand(address, String.raw`printf '\r\n'`),
  usesModules: ({ search }) => Object.keys(search).length > 0,
  create: (options, context) => createGopherService(options, context),
});
