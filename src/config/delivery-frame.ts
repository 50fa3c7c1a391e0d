import * as z from 'zod';

import { duration } from '../contract/options.ts';
import type { DeliveryPlan } from '../contract/plan.ts';
import { name } from './frame.ts';

/** What every delivery understands, whatever its type. */
export const deliveryShape = {
  type: z.string().describe('kind of delivery'),
  retry: z
    .strictObject({
      first: duration({ min: '10ms' })
        .prefault('5s')
        .describe('pause after the first failure; each further one is twice as long'),
      longest: duration({ min: '10ms' }).prefault('1h').describe('the longest pause'),
      give_up: duration({ max: '365d' })
        .prefault('3d')
        .describe('age at which a thing is given up: it stays in the queue as failed, until somebody decides about it'),
    })
    .transform((given): DeliveryPlan['retry'] => ({
      first: given.first,
      longest: given.longest,
      giveUp: given.give_up,
    }))
    .prefault({})
    .describe('when a delivery that failed is tried again'),
  timeout: duration({ min: '100ms', max: '1d' }).prefault('60s').describe('how long one attempt may take'),
  concurrency: z.int().min(1).max(1000).prefault(4).describe('attempts at once'),
  when: z
    .strictObject({
      service: z.array(name).prefault([]).describe('names of the services whose things it takes. Default: all'),
      name: z
        .string()
        .min(1)
        .max(255)
        .optional()
        .describe('names of the things it takes, with "*" and "?" in place of others, such as "*.pdf". Default: all'),
    })
    .transform((given): DeliveryPlan['when'] => ({ service: given.service, name: given.name ?? null }))
    .prefault({})
    .describe('which things it takes; what it does not want counts as delivered'),
} as const;
