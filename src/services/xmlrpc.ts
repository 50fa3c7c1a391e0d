import * as z from 'zod';

import { defineService, type TrialAddress } from '../contract/service.ts';
import { accessShape, httpShape, pathOption } from './http/options.ts';
import { createHttpService } from './http/service.ts';
import { trialRequest, writtenPath } from './http/trial-request.ts';
import { createXmlRpcRoute } from './http/xmlrpc/index.ts';
import { xmlrpcMembers } from './http/xmlrpc/options.ts';

export default defineService({
  name: 'xmlrpc',
  summary: 'Methods of your own, by XML-RPC and JSON-RPC: an http service with one route',
  transports: ['stream'],
  options: z.strictObject({
    ...xmlrpcMembers,
    path: pathOption.default('/RPC2').describe('where the methods are called'),
    ...accessShape,
    ...httpShape,
  }),
  example: `listen: tcp://127.0.0.1:2088
methods: { math: ./rpc/math.ts }`,
  trial: (address: TrialAddress, options) => trialRequest(address, writtenPath(options) ?? '/RPC2'),
  usesModules: () => true,
  create({ methods, introspection, documentation, max_body, path, accounts, insecure, ...settings }, context) {
    const xmlrpc = { methods, introspection, documentation, max_body };
    const route = {
      prefix: path,
      accounts,
      insecure,
      create: (host: Parameters<typeof createXmlRpcRoute>[1]) => createXmlRpcRoute({ xmlrpc }, host),
    };
    return createHttpService({ routes: [route], settings }, context);
  },
});
