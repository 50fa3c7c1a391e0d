import * as z from 'zod';

import { path } from '../../contract/options.ts';

const searchSelector = z
  .string()
  .regex(/^\/[!-~]{1,200}$/, 'expected a selector such as "/find"')
  .meta({ title: 'selector', examples: ['/find'] });

export const gopherOptions = z.strictObject({
  root: path().describe('the folder that is shown; nothing outside of it is, whatever links say'),
  hostname: z
    .string()
    .regex(/^[!-~]{1,253}$/, 'expected a host name')
    .optional()
    .describe('the name of this server in menus; default: the address that the peer came to'),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('its port in menus, where that is another outside; default: the one that the peer came to'),
  search: z
    .record(searchSelector, path())
    .default({})
    .describe('searches, by their selectors: modules whose default export is a function of what was typed'),
});

export type GopherOptions = z.output<typeof gopherOptions>;
