import { defineService, type TrialAddress } from '../../contract/service.ts';
import { commonRoot } from '../../wire/account-root.ts';
import { sftpOptions } from './options.ts';
import { createSftpService } from './service.ts';

export default defineService({
  name: 'sftp',
  summary: 'Files in and out by SSH: sftp, scp, sshfs',
  transports: ['stream'],
  options: sftpOptions,
  example: `listen: tcp://127.0.0.1:2122
root: "{home}"
auth: [publickey, password]`,
  trial: trialCommand,
  receives: ({ write }) => write,
  folders: ({ root }) => [commonRoot(root)].filter((folder) => folder !== null),
  create: createSftpService,
});

function trialCommand({ kind, host, port, path }: TrialAddress): string {
  if (kind === 'unix') return `sftp -o ProxyCommand='nc -U ${path}' NAME@localhost`;
  const name = host === '*' || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  if (kind === 'tls') return `sftp -o ProxyCommand='openssl s_client -quiet -connect ${name}:${port}' NAME@${name}`;
  return `sftp -P ${port} NAME@${name.includes(':') ? `[${name}]` : name}`;
}
