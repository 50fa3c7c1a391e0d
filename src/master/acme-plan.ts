import { findConflicts } from '../config/addresses.ts';
import type { AddressPlan, ListenPlan, Plan, ServicePlan } from '../contract/plan.ts';
import { ownService } from './own-service.ts';

/** The pool that answers authorities by HTTP, where no service does it. */
export const acmeName = '@acme';

/** null: nobody has to be answered, or services of the user's do it. */
export function acmeService(plan: Plan): ServicePlan | null {
  const wanted = new Map<string, AddressPlan>();
  for (const certificate of Object.values(plan.certificates)) {
    if (certificate.kind === 'acme' && certificate.challenge === 'http-01')
      wanted.set(certificate.listen.text, certificate.listen);
  }
  const taken = plan.services.filter(({ enabled }) => enabled).flatMap(({ listen }) => listen);
  const listen = [...wanted.values()].filter((address) => !isTaken(address, taken)).map(toListen);
  return listen.length === 0 ? null : ownService({ name: acmeName, type: 'acme', listen, options: {} });
}

function isTaken(address: AddressPlan, taken: readonly AddressPlan[]): boolean {
  return taken.some(
    (other) => findConflicts([address, other].map((each) => ({ address: each, owner: null }))).length > 0,
  );
}

function toListen(address: AddressPlan): ListenPlan {
  return { ...address, certificate: null, proxyProtocol: [], mode: null, broadcast: false, multicast: [] };
}
