import type { ListenPlan, Plan, ServicePlan } from '../contract/plan.ts';
import { member } from './member.ts';

/**
 * Services of mail that anybody could send mail to anybody through: they take every recipient from whoever comes, and a delivery
 * sends it on to those. One sentence each; a network of one's own may be meant, so that it is no mistake.
 */
export function findOpenRelays({ services, deliveries }: Plan): readonly string[] {
  return services.flatMap((service) => {
    if (service.type !== 'smtp' || !service.enabled || !takesAll(service)) return [];
    const reached = service.listen.find(isReachedFromElsewhere);
    const relay = service.deliver.find((name) => {
      const delivery = deliveries[name];
      return delivery?.type === 'smtp' && member(delivery.options, 'to') === undefined;
    });
    if (reached === undefined || relay === undefined) return [];
    return [
      `services.${service.name}: whoever reaches ${reached.text} can send mail to anybody through the delivery "${relay}": give it recipients, auth: required, or access`,
    ];
  });
}

function takesAll({ options, access }: ServicePlan): boolean {
  return (
    member(options, 'recipients') === undefined && member(options, 'auth') !== 'required' && access.allow.length === 0
  );
}

function isReachedFromElsewhere({ kind, host }: ListenPlan): boolean {
  return kind !== 'unix' && !(host === 'localhost' || host === '::1' || host.startsWith('127.'));
}
