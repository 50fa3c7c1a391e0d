import type { ServicePlan } from '../contract/plan.ts';
import type { Finding, Patient } from './finding.ts';
import { identityOf } from './identity.ts';
import { namedPaths } from './named-paths.ts';
import { judgeReach } from './reach.ts';

/** Whether each service's user gets at the folders and files that its options name. */
export function checkFiles({ plan }: Patient): readonly Finding[] {
  return plan.services
    .filter(({ enabled }) => enabled)
    .flatMap((service) => {
      const identity = identityOf(service, plan.daemon);
      if (identity === null) return [noUser(service, service.user ?? plan.daemon.user ?? '')];
      const reach = { of: `service ${service.name}`, userAt: `services.${service.name}`, identity };
      return namedPaths(service).flatMap((named) => judgeReach(named, reach));
    });
}

function noUser({ name }: ServicePlan, user: string): Finding {
  const message = `the service ${name} is to be served by ${user}, and there is no such user`;
  return { severity: 'error', check: 'files', message, fix: `useradd --system --shell /usr/sbin/nologin ${user}` };
}
