import * as z from 'zod';

import type { TargetKind } from '../../../contract/item.ts';
import { path } from '../../../contract/options.ts';
import { hostName, oneLine, portNumber } from '../../option-types.ts';

const mailAddress = z
  .string()
  .max(320)
  // oxlint-disable-next-line no-control-regex
  .regex(/^[^\s@<>,;:"\\()[\]\u0000-\u001f\u007f]+@[^\s@<>,;:"\\()\u0000-\u001f\u007f]+$/, {
    error: 'expected a mail address such as "scans@example.com"',
  });

const options = z
  .strictObject({
    host: hostName().optional().describe("the server that takes mail in. Default: each recipient's own (its MX)"),
    port: portNumber.optional().describe('its port. Default: 25; 587 with a user, 465 with tls: implicit'),
    tls: z
      .enum(['auto', 'required', 'implicit', 'none'])
      .prefault('auto')
      .describe(
        'auto: STARTTLS where it is offered; required: STARTTLS or nothing; implicit: from the first byte. With the last two, and with ca, the server is checked',
      ),
    ca: path()
      .optional()
      .describe("PEM file of the authorities that the server is checked against. Default: the system's"),
    user: oneLine('a name').optional().describe('who logs in; only over TLS, or to this machine'),
    password: z.string().min(1).max(1024).optional().describe('password of the user'),
    from: mailAddress
      .optional()
      .describe("sender. Default: the mail's own; of a file, portico at the name of this machine"),
    to: z
      .union([mailAddress, z.array(mailAddress).min(1).max(100)])
      .transform((given) => (Array.isArray(given) ? given : [given]))
      .optional()
      .describe("recipient, or a list of them. Default: the mail's own; files need one"),
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    path: ['user'],
    error: 'expected user and password, or neither',
  })
  .refine(({ user, host }) => user === undefined || host !== undefined, {
    path: ['user'],
    error: 'expected a host to log in to, got none',
  })
  .refine(({ host, tls }) => host !== undefined || tls === 'auto' || tls === 'none', {
    path: ['tls'],
    error: 'expected a host for this: what the servers of recipients can do is theirs to say',
  })
  .refine(({ user, tls, host }) => user === undefined || tls !== 'none' || isThisMachine(host ?? ''), {
    path: ['tls'],
    error: 'expected TLS for a password',
  });

export type SmtpOptions = z.output<typeof options>;

export const smtpKind: TargetKind<SmtpOptions> = {
  name: 'smtp',
  summary: 'sends mail on, or files by mail',
  options,
  example: `host: smtp.example.com
user: portico
password: \${SMTP_PASSWORD:-change-me}
to: [scans@example.com]
`,
};

export function isThisMachine(host: string): boolean {
  return /^(?:localhost\.?|127(?:\.\d{1,3}){3}|::1)$/i.test(host);
}
