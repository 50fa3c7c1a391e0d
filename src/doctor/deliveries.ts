import { resolve } from 'node:path';

import type { Json } from '../contract/bus.ts';
import type { DeliveryPlan } from '../contract/plan.ts';
import type { Want } from '../system/may-read.ts';
import type { Finding, Patient } from './finding.ts';
import { daemonIdentity } from './identity.ts';
import type { NamedPath } from './named-paths.ts';
import { judgeReach } from './reach.ts';

/** Whether the courier gets at what deliveries name on this machine: folders, programs, keys. */
export function checkDeliveries({ plan }: Patient): readonly Finding[] {
  const identity = daemonIdentity(plan.daemon);
  // That there is no such user is told with the services.
  if (identity === null) return [];
  return Object.entries(plan.deliveries).flatMap(([name, delivery]) =>
    namedBy(delivery).flatMap((named) => judgeReach(named, { of: `delivery ${name}`, userAt: null, identity })),
  );
}

/** Where it puts things on this machine; null: it brings them elsewhere. */
export function folderOf({ type, options, base }: DeliveryPlan): string | null {
  const { path } = (options ?? {}) as Readonly<Record<string, Json | undefined>>;
  return (type === 'directory' || type === 'maildir') && typeof path === 'string' ? resolve(base, path) : null;
}

function namedBy({ type, options, base }: DeliveryPlan): readonly NamedPath[] {
  const { path, command, directory, key, ca } = (options ?? {}) as Readonly<Record<string, Json | undefined>>;
  const named = (text: Json | undefined, wants: readonly Want[], kind: NamedPath['kind']): NamedPath[] =>
    typeof text === 'string' ? [{ path: resolve(base, text), wants, kind, isMade: kind === 'folder' }] : [];
  switch (type) {
    case 'directory':
    case 'maildir':
      return named(path, ['write', 'enter'], 'folder');
    case 'command': {
      const program = Array.isArray(command) ? command[0] : undefined;
      const folder = named(directory, ['enter'], 'folder').map((each) => ({ ...each, isMade: false }));
      return [...named(program, ['enter'], 'file'), ...folder];
    }
    default:
      return [
        ...named(key, ['read'], 'file').map((each) => ({ ...each, isSecret: true })),
        ...named(ca, ['read'], 'file'),
      ];
  }
}
