import * as z from 'zod';

import { path } from '../../../contract/options.ts';
import { maxBody } from '../body.ts';

/** `{ module: ./app.ts }`: a program of one's own that answers requests. */
export const moduleRouteOptions = z.strictObject({
  module: path().describe(
    'a module whose default export is a function fetch(request, context) or { fetch, start, stop }; a relative path is relative to this file',
  ),
  max_body: maxBody(),
});

export type ModuleRouteOptions = z.output<typeof moduleRouteOptions>;
