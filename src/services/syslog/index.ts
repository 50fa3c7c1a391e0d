import { dirname } from 'node:path';

import { defineService, type TrialAddress } from '../../contract/service.ts';
import { trialCommand } from '../../wire/trial.ts';
import { syslogOptions } from './options.ts';
import { createSyslogService } from './service.ts';

export default defineService({
  name: 'syslog',
  summary: 'Takes log messages in, for a file and for deliveries',
  transports: ['stream', 'datagram'],
  options: syslogOptions,
  example: `listen: [udp://127.0.0.1:2514, tcp://127.0.0.1:2514]
file: { path: ./var/messages.log, rotate: { size: 100MB, age: 1d, keep: 7 } }`,
  // Many send nothing for hours, and lose the first message to a connection that was closed meanwhile.
  defaults: { idle: 86_400_000 },
  trial: (address) => (canLogger(address) ? loggerCommand(address) : trialCommand(address, "echo '<13>hello'")),
  check({ file }, _listen, deliver) {
    if (file !== undefined || deliver.length > 0) return null;
    return { path: 'file', message: 'expected a file, or deliver: messages would go nowhere' };
  },
  // What only goes into a file is not counted in items.
  receives: (_options, deliver) => deliver.length > 0,
  folders: ({ file }) => (file === undefined ? [] : [dirname(file.path)]),
  create: createSyslogService,
});

function canLogger({ kind }: TrialAddress): boolean {
  return kind === 'tcp' || kind === 'udp';
}

function loggerCommand({ kind, host, port }: TrialAddress): string {
  const name = host === '*' || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `logger -n ${name} -P ${port} ${kind === 'tcp' ? '-T' : '-d'} hello`;
}
