import * as z from 'zod';

import { path } from '../../contract/options.ts';
import { defineService } from '../../contract/service.ts';
import { trialCommand } from '../../wire/trial.ts';
import { createFingerService } from './service.ts';

export default defineService({
  name: 'finger',
  summary: 'Tells what people have to say of themselves (RFC 1288)',
  transports: ['stream'],
  options: z.strictObject({
    plans: path().describe('a folder with a file for each person: its name is the person’s, its text the plan'),
    list: z.boolean().default(false).describe('whether who asks for nobody in particular is told all names'),
  }),
  example: `listen: tcp://127.0.0.1:2079
plans: ./plans`,
  trial: (address) => trialCommand(address, String.raw`printf '/W NAME\r\n'`),
  create: ({ plans, list }, context) => createFingerService({ plans, list }, context),
});
