import * as z from 'zod';

import { duration, path, size } from '../../contract/options.ts';
import { rootTemplate } from '../../wire/account-root.ts';

export const sftpOptions = z.strictObject({
  root: rootTemplate()
    .prefault('{home}')
    .describe('folder that is "/" for who has logged in; {home} is the account’s home, {account} its name'),
  host_keys: z
    .union([z.literal('auto'), z.array(path()).min(1).max(8)], {
      error: 'expected auto or a list of files with private keys',
    })
    .prefault('auto')
    .describe('files of the private keys that the service is known by. auto: made at the first start, and kept'),
  auth: z
    .array(z.enum(['publickey', 'password']))
    .min(1)
    .prefault(['publickey', 'password'])
    .describe('ways to log in'),
  attempts: z.int().min(1).max(100).default(6).describe('failed logins after which the connection ends'),
  login_timeout: duration({ min: '1s', max: '1h' }).prefault('1m').describe('time in which a peer has to log in'),
  write: z.boolean().default(true).describe('whether files can be written, changed and removed'),
  max_file_size: size({ min: '1B', max: '1000GB' })
    .optional()
    .describe('largest file that is taken. Default: no limit'),
});

export type SftpOptions = z.output<typeof sftpOptions>;
