import type { ListenPlan, ServicePlan } from '../contract/plan.ts';

/** A service of the house: it goes through the same machinery as a configured one, which cannot have such a name. */
export function ownService(
  given: Pick<ServicePlan, 'name' | 'type' | 'options'> & { readonly listen?: readonly ListenPlan[] },
): ServicePlan {
  return {
    enabled: true,
    listen: [],
    user: null,
    group: null,
    isolate: true,
    sensor: false,
    access: { allow: [], deny: [], neverBan: [], hours: [] },
    limits: {
      connections: 200,
      perSource: null,
      rate: null,
      ratePerSource: null,
      pause: 10_000,
      idle: 60_000,
      session: null,
      authFailures: { count: 10, window: 600_000 },
      ban: 600_000,
    },
    tls: { certificates: [], minVersion: 'TLSv1.2', clientCa: null, clientCertificate: 'none', legacy: null },
    banner: null,
    deliver: [],
    base: '/',
    ...given,
  };
}

/** Pools of the house serve no configured service, and do not count where workers are counted. */
export function isOwnPool(name: string): boolean {
  return name.startsWith('@');
}
