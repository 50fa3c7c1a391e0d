import { hostname } from 'node:os';

import * as z from 'zod';

import { network, size } from '../../contract/options.ts';

/** Results that `checks` can ask for. */
export const checkNames = ['spf', 'dkim', 'dmarc'] as const;
export type CheckName = (typeof checkNames)[number];

const hostName = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/, { error: 'expected a host name such as "mail.example.com"' });

const addressPattern = z
  .string()
  .max(320)
  // Also read by editors, in whose languages \p{Cc} may be unknown.
  // oxlint-disable-next-line no-control-regex
  .regex(/^[^\s@<>\u0000-\u001f\u007f-\u009f]+@[^\s@<>\u0000-\u001f\u007f-\u009f]+$/u, {
    error: ({ input }) =>
      `expected a pattern of mail addresses such as "*@scans.example", got ${JSON.stringify(input)}`,
  });

export const smtpOptions = z.strictObject({
  hostname: hostName
    .optional()
    .describe('what the service calls itself, in its greeting and in headers. Default: the name of this machine'),
  max_size: size({ min: '1KB', max: '10GB' }).prefault('25MB').describe('largest message that is taken'),
  max_recipients: z.int().min(1).max(10_000).default(100).describe('recipients of one message'),
  max_messages: z.int().min(1).max(1_000_000).default(1000).describe('messages on one connection'),
  max_errors: z.int().min(1).max(1000).default(20).describe('errors of a peer after which it is hung up on'),
  recipients: z
    .array(addressPattern)
    .max(10_000)
    .optional()
    .describe(
      'addresses whose mail goes to the deliveries, with * for any text. Default: all. Addresses of accounts need not be named',
    ),
  auth: z
    .enum(['none', 'optional', 'required'])
    .prefault('none')
    .describe('whether peers can or have to log in; only over TLS, or on this machine'),
  require_tls: z.boolean().default(false).describe('whether mail is taken over TLS only'),
  xclient: z
    .array(network())
    .max(1000)
    .prefault([])
    .describe('networks of proxies that may say (XCLIENT) whose connection it is'),
  checks: z
    .array(z.enum(checkNames))
    .prefault([])
    .describe('what of a message is checked and told in its Authentication-Results header: spf, dkim, dmarc'),
});

export type SmtpOptions = z.output<typeof smtpOptions>;

/** A machine may be called what is no host name. */
export function ownName({ hostname: given }: SmtpOptions): string {
  if (given !== undefined) return given;
  const own = hostname();
  return hostName.safeParse(own).success ? own : 'localhost';
}
