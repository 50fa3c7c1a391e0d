import { defineService, type TrialAddress } from '../../contract/service.ts';
import { commonRoot } from '../../wire/account-root.ts';
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
  receives: ({ write, anonymous }) => write || anonymous?.write === true,
  folders: ({ root, anonymous, file_system: module }) =>
    module === undefined ? [commonRoot(root), anonymous?.root].filter((folder) => folder != null) : [],
  check({ passive_ports: range }, listen) {
    const taken = listen.find(({ port }) => range !== null && port >= range.first && port <= range.last);
    if (taken === undefined) return null;
    return {
      path: 'passive_ports',
      message: `expected a range without the port of ${taken.text}, where the service listens`,
    };
  },
  create: createFtpService,
});

function trialCommand({ kind, host, port, path }: TrialAddress): string {
  if (kind === 'unix') return `printf 'FEAT\\r\\nQUIT\\r\\n' | nc -U ${path}`;
  const name = host === '*' || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const scheme = kind === 'tls' ? '-k ftps' : 'ftp';
  return `curl -u NAME ${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}/`;
}
