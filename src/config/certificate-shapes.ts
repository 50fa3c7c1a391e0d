import { isIP } from 'node:net';
import { basename } from 'node:path';

import * as z from 'zod';

import { address, path } from '../contract/options.ts';
import { fromBase, mistaken, textOption } from '../contract/option-text.ts';
import type { AccountSourcePlan } from '../contract/plan.ts';

/** What may stand below `certificates` and at `accounts`. */

const command = z
  .array(z.string().min(1).max(4096))
  .max(64)
  // A bare name is looked for in PATH.
  .transform(([program, ...args]) =>
    program === undefined ? [] : [program.includes('/') ? fromBase(program) : program, ...args],
  )
  .prefault([])
  .describe(
    'program and arguments that are run whenever there is a new one; the certificate is in $PORTICO_CERTIFICATE, the key in $PORTICO_KEY',
  );

export const certificateFilesShape = {
  cert: path().describe('PEM file: the certificate, then the certificates that lead to its root'),
  key: path().describe('PEM file: the private key'),
  passphrase: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe('of an encrypted key; write it as ${file:PATH}, not into the configuration'),
} as const;

export const selfSignedShape = {
  self_signed: z
    .array(certificateName({ allowsAddress: true, allowsWildcard: true }))
    .min(1)
    .max(100)
    .describe('names and addresses of a certificate that the local authority issues; its files are kept in state'),
  command,
} as const;

export const acmeShape = {
  acme: z
    .array(certificateName({ allowsAddress: false, allowsWildcard: false }))
    .min(1)
    .max(100)
    .describe('names of a certificate that a public authority issues (RFC 8555)'),
  email: z
    .string()
    .max(254)
    .regex(/^[^\s@,;<>]+@[^\s@,;<>]+$/, { error: 'expected a mail address such as "admin@example.com"' })
    .optional()
    .describe('where the authority may write to'),
  directory: z
    .string()
    .max(2048)
    .regex(/^https:\/\/[^\s]+$|^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)[:/]/, {
      error: 'expected a URL that begins with https://',
    })
    .prefault('https://acme-v02.api.letsencrypt.org/directory')
    .describe("URL of the authority's directory"),
  ca: path().optional().describe("PEM file that the authority's own server is checked against. Default: the system's"),
  challenge: z
    .enum(['http-01', 'tls-alpn-01'])
    .prefault('http-01')
    .describe(
      'how the names are proved: by HTTP on `listen`, or by TLS on any tls:// address that serves this certificate (port 443)',
    ),
  listen: address({ kinds: ['tcp'] })
    .prefault('tcp://*:80')
    .describe('where http-01 is answered; the authority always comes to port 80'),
  command,
} as const;

/** The members that tell the kinds of certificates apart. */
export const certificateShapes = {
  cert: certificateFilesShape,
  self_signed: selfSignedShape,
  acme: acmeShape,
} as const;

const accountSource = z.union(
  [
    path().transform((file): AccountSourcePlan => ({
      kind: basename(file).includes('htpasswd') ? 'htpasswd' : 'file',
      path: file,
    })),
    z
      .strictObject({ htpasswd: path().describe('a file of NAME:HASH lines, as htpasswd makes it') })
      .transform((given): AccountSourcePlan => ({ kind: 'htpasswd', path: given.htpasswd })),
    z
      .strictObject({ sqlite: path().describe('an SQLite database with the table accounts') })
      .transform((given): AccountSourcePlan => ({ kind: 'sqlite', path: given.sqlite })),
  ],
  { error: 'expected a path, {sqlite: PATH} or {htpasswd: PATH}' },
);

export const accountsSchema = z
  .union([accountSource, z.array(accountSource).max(32)])
  .transform((given): readonly AccountSourcePlan[] => (Array.isArray(given) ? given : [given]))
  .optional()
  .describe(
    'who may log in: a file, {sqlite: PATH}, {htpasswd: PATH}, or a list of these; the first that knows a name counts',
  );

interface NameRules {
  readonly allowsAddress: boolean;
  readonly allowsWildcard: boolean;
}

/** A name for a certificate: RFC 1123 2.1, RFC 6125 6.4.3. */
function certificateName({ allowsAddress, allowsWildcard }: NameRules): z.ZodType<string, string> {
  const expected = allowsAddress ? 'a host name or an address' : 'a public host name such as "www.example.com"';
  return textOption({
    title: 'certificate name',
    expected,
    examples: [
      'www.example.com',
      ...(allowsWildcard ? ['*.example.com'] : []),
      ...(allowsAddress ? ['127.0.0.1', '::1'] : []),
    ],
    parse(text) {
      if (isIP(text) !== 0 && !text.includes('%')) {
        if (allowsAddress) return text;
        throw mistaken(expected, text);
      }
      const host = allowsWildcard && text.startsWith('*.') ? text.slice(2) : text;
      const isName =
        host.length <= 253 &&
        /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(
          host,
        );
      if (!isName || isIP(host) !== 0 || /^[\d.]+$/.test(host)) throw mistaken(expected, text);
      // RFC 6125 7.2: a wildcard for a whole top-level domain is taken by nobody; no public authority knows a bare name.
      const isShort = !host.includes('.') && (host !== text || !allowsAddress);
      if (isShort || (!allowsAddress && host.includes('_'))) throw mistaken(expected, text);
      return text.toLowerCase();
    },
  });
}
