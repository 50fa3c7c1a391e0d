import * as z from 'zod';

import type { TargetKind } from '../../../contract/item.ts';
import { mistaken, textOption } from '../../../contract/option-text.ts';
import { path } from '../../../contract/options.ts';

// Set by us, or by the protocol.
const reserved =
  /^(?:content-length|transfer-encoding|connection|host|expect|te|trailer|upgrade|keep-alive|proxy-connection|content-type|content-disposition|x-portico-.*)$/i;

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, 'expected the name of a header')
  .refine((name) => !reserved.test(name), { error: 'expected another header than one that is always set' });

const headerValue = z
  .string()
  .max(8192)
  .regex(/^[\t\x20-\x7e]*$/, 'expected printable ASCII characters');

const options = z.strictObject({
  url: webUrl().describe('where things are sent, by http:// or https://'),
  method: z.enum(['POST', 'PUT', 'PATCH']).prefault('POST').describe('method of the request'),
  headers: z.record(headerName, headerValue).prefault({}).describe('more headers, such as Authorization'),
  body: z
    .enum(['raw', 'json', 'multipart'])
    .prefault('raw')
    .describe('the thing itself; JSON with its facts and, in base64, the thing; or a form with facts and file'),
  secret: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe('key of the HMAC-SHA256 of the body that is sent in X-Portico-Signature'),
  ca: path()
    .optional()
    .describe("PEM file of the authorities that an https:// server is checked against. Default: the system's"),
});

export type WebhookOptions = z.output<typeof options>;

export const webhookKind: TargetKind<WebhookOptions> = {
  name: 'webhook',
  summary: 'sends things by HTTP',
  options,
  example: `url: https://hooks.example.com/incoming
secret: \${HOOK_SECRET:-change-me}
`,
};

function webUrl(): z.ZodType<string, string> {
  const expected = 'a URL such as "https://hooks.example.com/incoming"';
  return textOption({
    title: 'URL',
    expected,
    examples: ['https://hooks.example.com/incoming'],
    parse(text) {
      const url = text.length <= 8192 ? URL.parse(text) : null;
      if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') throw mistaken(expected, text);
      if (url.hash !== '') throw mistaken('a URL without "#"', text);
      return url.href;
    },
  });
}
