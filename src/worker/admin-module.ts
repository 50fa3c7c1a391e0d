import * as z from 'zod';

import { createAdmin } from '../admin/index.ts';
import type { ServiceModule } from '../contract/service.ts';
import type { AskMaster } from './ask-master.ts';

/** The admin listener as a service, so that it gets admission and limits like any other, in a process of its own. */
export function createAdminModule(ask: AskMaster): ServiceModule {
  return {
    name: 'admin',
    summary: 'metrics, health and the API',
    transports: ['stream'],
    options: z.strictObject({ hosts: z.array(z.string()) }),
    example: '',
    create(options, context) {
      const { hosts } = options as { hosts: string[] };
      const admin = createAdmin({ ask, log: context.log, hosts });
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
