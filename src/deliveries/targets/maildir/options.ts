import * as z from 'zod';

import type { TargetKind } from '../../../contract/item.ts';
import { path } from '../../../contract/options.ts';

const options = z.strictObject({
  path: path().describe('the Maildir: a folder with tmp, new and cur; made if it is missing'),
});

export type MaildirOptions = z.output<typeof options>;

export const maildirKind: TargetKind<MaildirOptions> = {
  name: 'maildir',
  summary: 'puts mail into a Maildir, where mail programs find it',
  options,
  example: `path: ./var/scans
`,
};
