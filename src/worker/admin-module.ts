import * as z from 'zod';

import { createAdmin } from '../admin/index.ts';
import type { Json } from '../contract/bus.ts';
import type { ServiceModule } from '../contract/service.ts';

/** The admin listener as a service, so that it gets admission and limits like any other, in a process of its own. */
export function createAdminModule(ask: (what: 'status' | 'metrics' | 'sessions') => Promise<Json>): ServiceModule {
  return {
    name: 'admin',
    summary: 'metrics, health and the API',
    transports: ['stream'],
    options: z.strictObject({}),
    example: '',
    create(_options, context) {
      const admin = createAdmin({ ask, log: context.log });
      return {
        connection({ stream }) {
          const { promise, resolve } = Promise.withResolvers<void>();
          stream.once('close', resolve);
          admin.handle(stream);
          return promise;
        },
        stop: () => admin.close(),
      };
    },
  };
}
