import { defineService } from '../../contract/service.ts';
import { trialCommand } from '../../wire/trial.ts';
import { converse } from './conversation.ts';
import { createHub } from './hub.ts';
import { chatOptions } from './options.ts';
import { createOutlets } from './outlet.ts';

export default defineService({
  name: 'chat',
  summary: 'Rooms to talk in, for telnet, netcat and scripts',
  transports: ['stream'],
  options: chatOptions,
  example: `listen: tcp://127.0.0.1:2023
rooms: [lobby, support]
history: 20
welcome: Welcome to the support desk.`,
  defaults: { idle: 3_600_000 },
  trial: (address) => trialCommand(address, String.raw`printf 'guest\nhello\n/who\n/quit\n'`),
  async create(options, context) {
    const createOutlet = createOutlets();
    const { name: service, bus } = context;
    const hub = await createHub({ service, bus, rooms: options.rooms, history: options.history });
    return {
      connection: (session) => converse({ session, hub, options, createOutlet }),
      stop: () => hub.stop(),
    };
  },
});
