import type { DeliveryOrder } from '../contract/control.ts';
import { ExitError, exitCodes } from '../contract/errors.ts';
import type { Plan } from '../contract/plan.ts';
import type { DeliveryCounts, ItemReport, TaskChoice, TaskReport } from '../contract/queue.ts';
import type { DeliveryRequest } from '../contract/registry.ts';
import { hasCourier } from './courier-plan.ts';
import type { RegistryLink } from './registry-link.ts';
import { hasStore } from './registry-plan.ts';

/** What the command line wants of the queue of deliveries; each throws what it shall say. */
export interface DeliveryOrders {
  /** Empty when nobody answers in time: whoever asks shows more than these. */
  counts(plan: Plan): Promise<readonly DeliveryCounts[]>;
  carryOut(order: DeliveryOrder): Promise<readonly TaskReport[] | ItemReport | number>;
}

const countsMs = 1_000;
// A hundred thousand tasks are changed in a second.
const answerMs = 30_000;
// What fits into one message.
const maxListed = 10_000;
const maxTextLength = 256;

export function createDeliveryOrders(registry: Pick<RegistryLink, 'ask'>, plan: () => Plan): DeliveryOrders {
  return {
    async counts(current) {
      if (!hasCourier(current) && !hasStore(current.daemon.state)) return [];
      const late = Promise.withResolvers<null>();
      const timer = setTimeout(() => late.resolve(null), countsMs);
      // While a registry is replaced, the next is waited for: not by a status.
      const asked = registry.ask({ what: 'delivery-counts' }, countsMs);
      const counts = await Promise.race([asked, late.promise]).finally(() => clearTimeout(timer));
      return Array.isArray(counts) ? (counts as readonly DeliveryCounts[]) : [];
    },
    async carryOut(order) {
      const reply = await registry.ask(requestOf(order), answerMs);
      if (typeof reply === 'string') throw new Error(reply);
      if (reply !== null) return reply as unknown as TaskReport[] | ItemReport | number;
      if (order.command === 'delivery-show')
        throw new ExitError(exitCodes.negative, `there is no item ${textOf(order.id)} in the queue`);
      throw new ExitError(exitCodes.internal, 'the registry does not answer; the log says why');
    },
  };

  /** Whoever may open the control socket is trusted, but may still send anything by mistake. */
  function requestOf(order: DeliveryOrder): DeliveryRequest {
    switch (order.command) {
      case 'delivery-list': {
        const { delivery } = order;
        const wanted: unknown = order.limit;
        const limit = Math.min(Math.max(1, Math.trunc(Number(wanted)) || 1), maxListed);
        return { what: order.command, choice: choiceOf({ ids: [], delivery }), state: stateOf(order.state), limit };
      }
      case 'delivery-show':
        return { what: order.command, id: textOf(order.id) };
      case 'delivery-retry':
      case 'delivery-drop':
        return { what: order.command, choice: choiceOf(order) };
      case 'delivery-replay': {
        const to = order.to === null ? null : textOf(order.to);
        if (to !== null && !Object.hasOwn(plan().deliveries, to))
          throw new ExitError(exitCodes.negative, `there is no delivery called ${to}`);
        return { what: order.command, choice: choiceOf(order), to };
      }
    }
  }
}

interface GivenChoice {
  readonly ids: unknown;
  readonly delivery: unknown;
  readonly state?: unknown;
}

function choiceOf({ ids, delivery, state }: GivenChoice): TaskChoice {
  const narrowed = stateOf(state);
  return {
    ids: Array.isArray(ids) ? ids.map(textOf) : [],
    delivery: delivery === null || delivery === undefined ? null : textOf(delivery),
    ...(narrowed === null ? {} : { state: narrowed }),
  };
}

function stateOf(given: unknown): TaskReport['state'] | null {
  return given === 'queued' || given === 'delivering' || given === 'failed' || given === 'done' ? given : null;
}

function textOf(given: unknown): string {
  return (typeof given === 'string' ? given : JSON.stringify(given ?? null)).slice(0, maxTextLength);
}
