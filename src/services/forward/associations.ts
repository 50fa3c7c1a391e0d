import type { AddressPlan } from '../../contract/plan.ts';
import type { Service, ServiceContext } from '../../contract/service.ts';
import { openAssociation, type Association } from './association.ts';
import { createTargetLookup } from './target-lookup.ts';

export interface AssociationLimits {
  /** Peers at once; past it the one that was silent longest is forgotten. */
  readonly associations: number;
  readonly idleMs: number;
  /** Datagrams of one peer kept while the target's name is looked up. */
  readonly waiting: number;
  /** How long a target that could not be found is not looked for again. */
  readonly retryMs: number;
}

const usualLimits: AssociationLimits = { associations: 1024, idleMs: 60_000, waiting: 16, retryMs: 5_000 };

// Kept for all peers together while the target's name is looked up.
const maxWaitingBytes = 4 << 20;

// Peers can be forged by the thousand: a target that is down is worth one line in this time.
const quietMs = 10_000;

/** Datagrams to a target and back: one outgoing socket per peer, so that an answer finds its way by the socket it comes to. */
export function createAssociations(
  target: AddressPlan,
  { log }: Pick<ServiceContext, 'log'>,
  limits: AssociationLimits = usualLimits,
): Service {
  // By peer and by the address it sent to, the one that was silent longest first.
  const associations = new Map<string, Association>();
  const ownEnds = new Set<string>();
  const lookup = createTargetLookup(target.host);
  const room = { bytes: maxWaitingBytes };
  let sweeper: NodeJS.Timeout | undefined;
  let quietUntil = 0;

  const warn = (reason: string): void => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + quietMs;
    log.warning(`forwarding datagrams to ${target.text}: ${reason}`);
  };
  const find = (key: string): Association => {
    const known = associations.get(key);
    if (known === undefined) return begin(key);
    if (known.failedAt === null || performance.now() - known.failedAt < limits.retryMs) return known;
    forget(key, known);
    return begin(key);
  };
  const begin = (key: string): Association => {
    for (const [oldKey, old] of associations) {
      if (associations.size < limits.associations) break;
      forget(oldKey, old);
    }
    sweeper ??= setInterval(sweep, limits.idleMs / 4).unref();
    const association = openAssociation({
      target,
      lookup,
      maxWaiting: limits.waiting,
      room,
      ownEnds,
      onAnswer: () => touch(key, association),
      onError: warn,
    });
    return association;
  };
  const touch = (key: string, association: Association): void => {
    association.usedAt = performance.now();
    associations.delete(key);
    associations.set(key, association);
  };
  const forget = (key: string, association: Association): void => {
    associations.delete(key);
    association.close();
    if (associations.size > 0) return;
    clearInterval(sweeper);
    sweeper = undefined;
  };
  const sweep = (): void => {
    const oldest = performance.now() - limits.idleMs;
    for (const [key, association] of associations) {
      if (association.usedAt > oldest) return;
      forget(key, association);
    }
  };

  return {
    datagram(packet) {
      const { peer, local } = packet;
      // From one of our own sockets: the target is ourselves.
      if (ownEnds.has(`${peer.address} ${peer.port}`)) return;
      const key = `${peer.address} ${peer.port} ${local.address} ${local.port}`;
      const association = find(key);
      touch(key, association);
      association.send(packet);
    },
    stop() {
      for (const [key, association] of associations) forget(key, association);
    },
  };
}
