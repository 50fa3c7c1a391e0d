import * as z from 'zod';

import { isAccountName, permissions } from '../contract/account.ts';
import { OptionError, path, show, size } from '../contract/options.ts';
import { parsePasswordHash } from '../wire/password-hash.ts';
import { parsePublicKey } from '../wire/public-key.ts';

const maxItems = 1000;

/** Names of accounts; none of the messages about passwords and keys repeats what was written. */
export const accountNameSchema = z.string().refine(isAccountName, {
  error: ({ input }) =>
    `expected a name of 1 to 64 letters, digits, "_", ".", "@", "+" and "-", the first a letter, a digit or "_", got ${show(input)}`,
});

const password = checked('a password hash such as "$argon2id$…" (portico hash-password makes one)', (text) => {
  parsePasswordHash(text);
  return text;
});

const key = checked('a public key such as "ssh-ed25519 AAAA… alice@laptop"', (text) => parsePublicKey(text).text);

// RFC 5321 4.1.2 without quoted local parts, RFC 6531 with other scripts.
const mailAddress = z
  .string()
  .max(320)
  .regex(/^[^\s\p{Cc}<>()[\]\\,;:"@]{1,64}@[^\s\p{Cc}<>()[\]\\,;:"@]{1,255}$/u, {
    error: ({ input }) => `expected a mail address such as "alice@example.com", got ${show(input)}`,
  });

const serviceName = z.string().regex(/^[^\s\p{Cc},]{1,255}$/u, {
  error: ({ input }) => `expected the name or type of a service, got ${show(input)}`,
});

/** What stands below a name in an accounts file. Everything may be left out. */
export const accountShape = {
  password: password
    .optional()
    .describe('PHC string (argon2id, scrypt) or crypt(3) string; without one no password logs in'),
  keys: z.array(key).max(maxItems).prefault([]).describe('public keys, as in authorized_keys'),
  home: path().optional().describe('folder; default: state/home/NAME'),
  services: z.array(serviceName).max(maxItems).optional().describe('names or types of the services; default: all'),
  permissions: z
    .array(z.enum(permissions))
    .prefault([...permissions])
    .describe('what may be done with files; default: all'),
  quota: size().optional().describe('how much may lie in home; default: no limit'),
  mail: z.array(mailAddress).max(maxItems).prefault([]).describe('addresses whose mail is for this account'),
} as const;

/**
 * Members whose values may stand in messages and excerpts. What is unknown may be a password with a slip in its key, and among
 * public keys a private one may have come.
 */
export const openMembers: readonly string[] = Object.keys(accountShape).filter(
  (name) => name !== 'password' && name !== 'keys',
);

function checked(expected: string, parse: (text: string) => string): z.ZodType<string, string> {
  const ofType = (type: string): string => `expected ${expected}, got ${type}`;
  return z
    .string({ error: ({ input }) => ofType(input === undefined || input === null ? 'nothing' : 'something else') })
    .transform((text, context) => {
      try {
        return parse(text);
      } catch (error) {
        if (!(error instanceof OptionError)) throw error;
        context.addIssue({ code: 'custom', message: error.message });
        return z.NEVER;
      }
    });
}
