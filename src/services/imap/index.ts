import * as z from 'zod';

import { size } from '../../contract/options.ts';
import { defineService, type TrialAddress } from '../../contract/service.ts';
import { createImapService } from './service.ts';

export default defineService({
  name: 'imap',
  summary: 'Gives accounts their mailboxes: mail that stays, in folders',
  transports: ['stream'],
  options: z.strictObject({
    require_tls: z
      .boolean()
      .default(false)
      .describe('whether logins are taken over TLS only; else on this machine without as well'),
    max_size: size({ min: '1KB', max: '2GB' })
      .prefault('25MB')
      .describe('largest message that a mail program can put into a mailbox'),
  }),
  example: `listen: tcp://127.0.0.1:2143`,
  // RFC 9051 5.4: no less.
  defaults: { idle: 1_800_000 },
  trial: trialCommand,
  // APPEND.
  receives: () => true,
  create: ({ require_tls: requireTls, max_size: maxSize }, context) =>
    createImapService({ rules: { requireTls }, maxSize }, context),
});

function trialCommand({ kind, host, port, path }: TrialAddress): string {
  if (kind === 'unix') return `printf 'a CAPABILITY\\r\\nb LOGOUT\\r\\n' | nc -U ${path}`;
  const name = host === '*' || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const scheme = kind === 'tls' ? '-k imaps' : 'imap';
  return `curl -X CAPABILITY ${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
