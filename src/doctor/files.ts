import { isAbsolute, resolve } from 'node:path';

import type { Json } from '../contract/bus.ts';
import { reasonOf } from '../contract/errors.ts';
import type { ServicePlan } from '../contract/plan.ts';
import type { Finding, Patient } from './finding.ts';
import { identityOf, whereStopped, type Identity, type Want } from './identity.ts';

const check = 'files';

/** Options that name what a service's user has to get at, and for what. */
const wanted: Readonly<Record<string, readonly Want[]>> = {
  root: ['read', 'enter'],
  files: ['read', 'enter'],
  cgi: ['enter'],
  directory: ['enter'],
  plans: ['read', 'enter'],
  module: ['read'],
  file_system: ['read'],
};

/** Whether each service's user gets at the folders and files that its options name. */
export function checkFiles({ plan }: Patient): readonly Finding[] {
  return plan.services
    .filter(({ enabled }) => enabled)
    .flatMap((service) => {
      const identity = identityOf(service, plan.daemon);
      if (identity === null) {
        const name = service.user ?? plan.daemon.user ?? '';
        return [noUser(service, name)];
      }
      return namedIn(service).flatMap(({ path, wants }) => judge(service.name, path, wants, identity));
    });
}

function noUser({ name }: ServicePlan, user: string): Finding {
  const message = `the service ${name} is to be served by ${user}, and there is no such user`;
  return { severity: 'error', check, message, fix: `useradd --system --shell /usr/sbin/nologin ${user}` };
}

interface Named {
  readonly path: string;
  readonly wants: readonly Want[];
}

function namedIn({ options, base }: ServicePlan): readonly Named[] {
  const found: Named[] = [];
  const look = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) return value.forEach(look);
    for (const [key, member] of Object.entries(value)) {
      const wants = wanted[key];
      if (typeof member === 'string' && wants !== undefined && isPath(member))
        found.push({ path: resolve(base, member), wants });
      else if (key === 'command' && Array.isArray(member) && typeof member[0] === 'string' && isAbsolute(member[0]))
        found.push({ path: member[0], wants: ['enter'] });
      else look(member);
    }
  };
  look(options);
  return found;
}

/** Templates such as "{home}" lead elsewhere for each account. */
function isPath(text: string): boolean {
  return !text.includes('{') && !text.includes('://');
}

function judge(service: string, path: string, wants: readonly Want[], identity: Identity): readonly Finding[] {
  let stopped;
  try {
    stopped = whereStopped(path, wants, identity);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const message =
      code === 'ENOENT'
        ? `${path} of the service ${service} does not exist`
        : `${path} of the service ${service} cannot be looked at: ${reasonOf(error)}`;
    return [{ severity: code === 'ENOENT' ? 'error' : 'note', check, message, fix: null }];
  }
  if (stopped === null) return [];
  const { place, lacks } = stopped;
  const verb = lacks === 'enter' && place === path && wants[0] === 'enter' ? 'run or enter' : lacks;
  const letter = { read: 'r', write: 'w', enter: 'x' }[lacks];
  return [
    {
      severity: 'error',
      check,
      message: `${identity.name}, who serves ${service}, may not ${verb} ${place}${place === path ? '' : `, on the way to ${path}`}`,
      fix: `setfacl -m u:${identity.name}:${letter} ${place}, chmod o+${letter} ${place}, or user: in services.${service}`,
    },
  ];
}
