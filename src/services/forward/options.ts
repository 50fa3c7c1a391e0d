import * as z from 'zod';

import { address, duration, path } from '../../contract/options.ts';

export const forwardOptions = z
  .strictObject({
    to: address({ isDestination: true }).describe('where connections or datagrams go; a name is looked up for each'),
    connect_timeout: duration({ min: '1ms' })
      .prefault('10s')
      .describe('how long the connection, its name and its TLS handshake may take'),
    send_proxy: z
      .enum(['none', 'v1', 'v2'])
      .default('none')
      .describe('whether a PROXY header tells the target who the peer is, and in which version'),
    verify: z.boolean().default(true).describe('tls: whether the certificate of the target must be valid'),
    ca: path().optional().describe('tls: a file of certificates (PEM) to trust instead of the usual ones'),
    server_name: z.string().min(1).max(253).optional().describe('tls: the name to ask for (SNI) and to verify'),
  })
  .superRefine((options, context) => {
    const refuse = (name: 'send_proxy' | 'ca' | 'server_name', message: string): void => {
      context.addIssue({ code: 'custom', path: [name], message });
    };
    const { kind, text } = options.to;
    if (kind === 'udp' && options.send_proxy !== 'none') refuse('send_proxy', `expected no PROXY header for ${text}`);
    if (kind === 'tls') return;
    if (options.ca !== undefined) refuse('ca', `expected no certificates for ${text}, which is not tls`);
    if (options.server_name !== undefined) refuse('server_name', `expected no name for ${text}, which is not tls`);
  });

export type ForwardOptions = z.output<typeof forwardOptions>;
