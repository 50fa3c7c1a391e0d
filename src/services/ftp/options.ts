import * as z from 'zod';

import { duration, fileMode, path, size } from '../../contract/options.ts';
import { rootTemplate } from '../../wire/account-root.ts';
import { passivePorts, publicAddress } from './data/index.ts';
import { quirkNames } from './quirks.ts';

export const ftpOptions = z
  .strictObject({
    root: rootTemplate()
      .prefault('{home}')
      .describe('the folder that is "/" for an account; {home} and {account} stand for its own'),
    anonymous: z
      .strictObject({
        root: path().describe('the folder that is "/" for everybody'),
        write: z.boolean().default(false).describe('whether files and folders can be added; none is ever replaced'),
      })
      .optional()
      .describe('who logs in as "anonymous" or "ftp", with any password; default: nobody can'),
    passive_ports: passivePorts()
      .prefault(0)
      .describe('ports where data connections are awaited, such as 50000-50100; 0: any free one'),
    public_address: publicAddress()
      .prefault('auto')
      .describe(
        'the address that PASV tells: auto (what the peer has reached), an address or a name, or a map from networks of peers to these',
      ),
    require_tls: z.boolean().default(false).describe('whether logins, files and listings are for TLS only'),
    tls_session_reuse: z
      .enum(['tolerant', 'required'])
      .default('tolerant')
      .describe('whether a data connection has to go on with a TLS session of this daemon'),
    write: z.boolean().default(true).describe('whether anything can be changed'),
    max_file_size: size({ min: '1B' }).optional().describe('the largest file that is taken, else 552'),
    sync: z
      .boolean()
      .default(true)
      .describe('whether a file is on the disk before 226 is said; without, a power cut may take it'),
    umask: fileMode().optional().describe('what files and folders that are sent do not allow, in octal digits'),
    welcome: z.string().max(1000).default('FTP').describe('the greeting; several lines are possible'),
    login_timeout: duration({ min: '1s' }).prefault('1m').describe('how long a login may take, from the connection on'),
    data_timeout: duration({ min: '1s' })
      .prefault('1m')
      .describe('how long a data connection may take to come about, and how long nothing may move on it'),
    quirks: z
      .array(z.enum(quirkNames))
      .default([])
      .describe(`devices to be lenient with: ${quirkNames.join(', ')}`),
    file_system: path()
      .optional()
      .describe("a module with a file system in the form of ftp-srv's, in place of the folders"),
  })
  .superRefine(({ file_system: module, anonymous }, context) => {
    if (module === undefined || anonymous === undefined) return;
    context.addIssue({ code: 'custom', path: ['anonymous'], message: 'expected no folder beside a file_system' });
  });

export type FtpOptions = z.output<typeof ftpOptions>;
