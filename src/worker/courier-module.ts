import fs from 'node:fs';
import { join } from 'node:path';

import * as z from 'zod';

import type { CourierOptions } from '../contract/courier.ts';
import type { DeliveryTarget, TargetContext } from '../contract/item.ts';
import type { LogFields } from '../contract/logger.ts';
import { mailboxPath } from '../contract/mailbox.ts';
import { withBase } from '../contract/options.ts';
import type { DeliveryPlan } from '../contract/plan.ts';
import { mailboxDelivery } from '../contract/queue.ts';
import type { ServiceContext, ServiceModule } from '../contract/service.ts';
import { createCourier, type Courier, type CourierEvent } from '../deliveries/courier/courier.ts';
import { loadTarget } from '../deliveries/targets/index.ts';
import type { Counters } from '../logging/counters.ts';
import { createLateStore } from '../registry/late-store.ts';
import { openStore } from '../store/store.ts';
import { createDeliveryFigures } from './delivery-figures.ts';

/** The courier as a service without listeners, in a process of its own. */
export interface CourierModule {
  readonly module: ServiceModule;
  /** There is something new in the queue. */
  wake(): void;
  /** Somebody has ordered to try, by this delivery or by all (null). */
  tryNow(delivery: string | null): void;
}

export interface CourierModuleOptions {
  readonly emit: (event: CourierEvent | 'store.failed', fields: LogFields) => void;
  readonly counters: Pick<Counters, 'counter' | 'gauge'>;
}

const retryMs = 1_000;
// A database that is just being made is no trouble.
const toldAfter = 5;

export function createCourierModule({ emit, counters }: CourierModuleOptions): CourierModule {
  let courier: Courier | null = null;
  return {
    wake: () => courier?.wake(),
    tryNow: (delivery) => courier?.tryNow(delivery),
    module: {
      name: 'courier',
      summary: 'brings what was received to where it has to go',
      transports: [],
      options: z.custom<CourierOptions>(),
      example: '',
      create(given, context) {
        const options = given as CourierOptions;
        const file = join(options.folder, 'portico.db');
        // The registry makes it: two that do so at the same time are in each other's way.
        const looksAtOnce = fs.existsSync(file);
        const store = createLateStore(file, openStore, retryMs);
        const figures = createDeliveryFigures(counters, options);
        const trouble = createTrouble((error) => emit('store.failed', { error }));
        const running = createCourier({
          ...options,
          looksAtOnce,
          queue: store.queue,
          openTarget: (name, plan) => openTarget(context, name, plan),
          openMailbox: async (account) => openMailbox(context, mailboxPath(options.mail, account)),
          house: {
            log: context.log,
            emit,
            ...figures,
            showQueue(counts) {
              trouble.over();
              figures.showQueue(counts);
            },
            troubled: trouble.met,
          },
        });
        courier = running;
        return {
          drain: () => running.drain(),
          async stop() {
            await running.close();
            store.close();
          },
        };
      },
    },
  };
}

/** Before the identity changes: the new one may not be able to read our own files. */
export async function loadTargets({ deliveries, mailboxes }: CourierOptions): Promise<void> {
  const plans = [...Object.values(deliveries), ...(mailboxes === null ? [] : [mailboxes])];
  await Promise.all([...new Set(plans.map(({ type }) => type))].map(loadTarget));
}

async function openTarget(
  context: ServiceContext,
  name: string,
  plan: Pick<DeliveryPlan, 'type' | 'options' | 'base'>,
): Promise<DeliveryTarget> {
  const module = await loadTarget(plan.type);
  if (module === null) throw new Error(`there is no kind of delivery called ${plan.type}`);
  const options = withBase(plan.base, () => module.options.parse(plan.options ?? {}));
  return module.create(options, targetContext(context, name));
}

/** Whose mailbox is in no configuration: it is made when the first mail for it comes. */
async function openMailbox(context: ServiceContext, path: string): Promise<DeliveryTarget> {
  fs.mkdirSync(path, { recursive: true, mode: 0o700 });
  return openTarget(context, mailboxDelivery, { type: 'maildir', options: { path }, base: '/' });
}

function targetContext({ log, spawn }: ServiceContext, name: string): TargetContext {
  return { name, log: log.child({ delivery: name }), spawn };
}

/** What lasts is told, once. */
function createTrouble(tell: (error: unknown) => void): { met(error: unknown): void; over(): void } {
  let count = 0;
  return {
    met(error) {
      count += 1;
      if (count === toldAfter) tell(error);
    },
    over: () => void (count = 0),
  };
}
