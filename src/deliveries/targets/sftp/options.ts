import * as z from 'zod';

import type { TargetKind } from '../../../contract/item.ts';
import { path } from '../../../contract/options.ts';
import { nameTemplate } from '../../../wire/name-template-option.ts';
import { hostName, oneLine, portNumber } from '../../option-types.ts';
import { flawOfHostKey } from './host-key.ts';

const hostKey = z.string().superRefine((text, context) => {
  const flaw = flawOfHostKey(text);
  if (flaw !== null) context.addIssue({ code: 'custom', message: `expected ${flaw}` });
});

const options = z
  .strictObject({
    host: hostName().describe('the server'),
    port: portNumber.prefault(22).describe('its port'),
    user: oneLine('a name').describe('who logs in'),
    password: z.string().min(1).max(1024).optional().describe('password of the user'),
    key: path().optional().describe('file of a private key'),
    passphrase: z.string().min(1).max(1024).optional().describe('passphrase of the private key'),
    host_key: z
      .union([hostKey, z.array(hostKey).min(1).max(32)])
      .transform((given) => (Array.isArray(given) ? given : [given]))
      .describe(
        'what the server is known by: "SHA256:…", as ssh-keygen -l shows it, or a key such as "ssh-ed25519 AAAA…"; or a list of these. any: the server is not checked',
      ),
    path: oneLine('a path').prefault('.').describe('folder on the server; made if it is missing'),
    name: nameTemplate().prefault('{name}').describe('where in the folder a thing stands'),
  })
  .refine(({ password, key }) => password !== undefined || key !== undefined, {
    path: ['password'],
    error: 'expected a password or a key, got neither',
  })
  .refine(({ passphrase, key }) => passphrase === undefined || key !== undefined, {
    path: ['passphrase'],
    error: 'expected a key for the passphrase, got none',
  });

export type SftpOptions = z.output<typeof options>;

export const sftpKind: TargetKind<SftpOptions> = {
  name: 'sftp',
  summary: 'puts files onto an SFTP server',
  options,
  example: `host: files.example.com
user: portico
key: ./keys/id_ed25519
host_key: "SHA256:uNiVztksCsDhcc0u9e8BrrQg9VgYvhoBpP9dHQvHwLI"
path: incoming
name: "{date}/{name}"
`,
};
