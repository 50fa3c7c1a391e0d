import * as z from 'zod';

import { path } from '../contract/options.ts';
import { defineService, type TrialAddress } from '../contract/service.ts';
import { createCgiRoute } from './http/cgi/index.ts';
import { cgiMembers } from './http/cgi/options.ts';
import { accessShape, httpShape, pathOption } from './http/options.ts';
import type { RouteHost } from './http/route.ts';
import { createHttpService } from './http/service.ts';
import { trialRequest, writtenPath } from './http/trial-request.ts';

export default defineService({
  name: 'cgi',
  summary: 'Runs CGI programs over HTTP: an http service with one route',
  transports: ['stream'],
  options: z.strictObject({
    root: path()
      .prefault('./cgi-bin')
      .describe('folder with CGI programs, or one program that serves all below the path'),
    path: pathOption.default('/cgi-bin/').describe('where they are called'),
    ...cgiMembers,
    ...accessShape,
    ...httpShape,
  }),
  example: `listen: tcp://127.0.0.1:2081
root: ./cgi-bin`,
  trial: (address: TrialAddress, options) =>
    trialRequest(address, (writtenPath(options) ?? '/cgi-bin/').replace(/\/?$/, '/hello.sh')),
  create({ root, path: prefix, accounts, insecure, ...rest }, context) {
    const route = {
      prefix,
      accounts,
      insecure,
      create: (host: RouteHost) => createCgiRoute({ cgi: root, ...rest }, host),
    };
    return createHttpService({ routes: [route], settings: rest }, context);
  },
});
