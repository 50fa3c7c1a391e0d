import { defineService, type TrialAddress } from '../../contract/service.ts';
import { ftpOptions } from './options.ts';
import { createFtpService } from './service.ts';

export default defineService({
  name: 'ftp',
  summary: 'Files of accounts, in and out (FTP and FTPS)',
  transports: ['stream'],
  options: ftpOptions,
  example: `listen: tcp://127.0.0.1:2021
passive_ports: 50000-50100
max_file_size: 1GB`,
  trial: trialCommand,
  usesModules: ({ file_system: module }) => module !== undefined,
  folders: ({ anonymous }) => (anonymous?.write === true ? [anonymous.root] : []),
  create: createFtpService,
});

function trialCommand({ kind, host, port, path }: TrialAddress): string {
  if (kind === 'unix') return `printf 'FEAT\\r\\nQUIT\\r\\n' | nc -U ${path}`;
  const name = host === '*' || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const scheme = kind === 'tls' ? '-k ftps' : 'ftp';
  return `curl -u NAME ${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}/`;
}
