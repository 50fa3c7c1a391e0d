import { defineService, type TrialAddress } from '../../contract/service.ts';
import { tftpOptions } from './options.ts';
import { createTftpService } from './service.ts';

export default defineService({
  name: 'tftp',
  summary: 'Gives files to machines that boot, and takes them in from devices (TFTP)',
  transports: ['datagram'],
  options: tftpOptions,
  example: `listen: udp://127.0.0.1:2069
root: ./boot`,
  trial: trialCommand,
  check({ overwrite, write }) {
    if (!overwrite || write) return null;
    return { path: 'overwrite', message: 'expected `write: true` with it: nothing is taken in' };
  },
  receives: ({ write }) => write,
  folders: ({ root, write }) => (write ? [root] : []),
  create: (options, context) => createTftpService(options, context),
});

function trialCommand({ host, port }: TrialAddress): string {
  const name = host === '*' || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `curl tftp://${name.includes(':') ? `[${name}]` : name}:${port}/NAME`;
}
