import * as z from 'zod';

import { defineService, type TrialAddress } from '../../contract/service.ts';
import { createPop3Service } from './service.ts';

export default defineService({
  name: 'pop3',
  summary: 'Gives accounts the mail that is in their mailboxes',
  transports: ['stream'],
  options: z.strictObject({
    require_tls: z
      .boolean()
      .default(false)
      .describe('whether logins are taken over TLS only; else on this machine without as well'),
  }),
  example: `listen: tcp://127.0.0.1:2110`,
  // RFC 1939 3: no less.
  defaults: { idle: 600_000 },
  trial: trialCommand,
  create: ({ require_tls: requireTls }, context) => createPop3Service({ requireTls }, context),
});

function trialCommand({ kind, host, port, path }: TrialAddress): string {
  if (kind === 'unix') return `printf 'CAPA\\r\\nQUIT\\r\\n' | nc -U ${path}`;
  const name = host === '*' || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const scheme = kind === 'tls' ? '-k pop3s' : 'pop3';
  return `curl -X CAPA ${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
