import type { Ban } from '../contract/ban.ts';
import type { CertificatesReport } from '../contract/control.ts';
import { ExitError, exitCodes, reasonOf } from '../contract/errors.ts';
import type { Plan } from '../contract/plan.ts';
import type { JournalReply, RenewReply } from '../contract/registry.ts';
import { parseSource } from '../wire/source.ts';
import type { Certificates } from './certificates.ts';
import { reportCertificates } from './certificates-report.ts';
import { createDeliveryOrders, type DeliveryOrders } from './delivery-orders.ts';
import type { RegistryLink } from './registry-link.ts';

/** What the command line wants of bans, certificates, deliveries and the journal; each throws what it shall say. */
export interface Orders {
  bans(): Promise<readonly Ban[]>;
  ban(source: string, duration: number | null): Promise<void>;
  unban(source: string): Promise<void>;
  certificates(): CertificatesReport;
  /** All that are issued here or for us, without names. */
  renew(names: readonly string[]): Promise<RenewReply>;
  journal(since: number, limit: number): Promise<JournalReply>;
  readonly deliveries: DeliveryOrders;
}

export interface OrdersOptions {
  readonly registry: RegistryLink;
  readonly certificates: Certificates;
  /** Throws where none is in force yet. */
  plan(): Plan;
}

const answerMs = 8_000;
// A public authority looks at every name, and may have others to look at before.
const renewMs = 20 * 60_000;
const maxListed = 100_000;

export function createOrders({ registry, certificates, plan }: OrdersOptions): Orders {
  return {
    bans: async () => listOf<Ban>(await registry.ask({ what: 'bans' }, answerMs)),
    async ban(source, duration) {
      checkSource(source);
      const reply = await registry.ask({ what: 'ban', source, duration }, answerMs);
      if (typeof reply === 'string') throw new ExitError(exitCodes.negative, reply);
      if (reply !== true) throw silent();
    },
    async unban(source) {
      checkSource(source);
      const wasBanned = await registry.ask({ what: 'unban', source }, answerMs);
      if (wasBanned === null) throw silent();
      if (wasBanned !== true) throw new ExitError(exitCodes.negative, `${source.slice(0, 64)} is not banned`);
    },
    certificates: () => reportCertificates(plan(), certificates),
    async renew(names) {
      const current = plan();
      for (const name of names) {
        const kind = current.certificates[name]?.kind;
        if (kind === undefined)
          throw new ExitError(exitCodes.negative, `there is no certificate called ${name.slice(0, 64)}`);
        if (kind === 'files')
          throw new ExitError(exitCodes.negative, `${name} is read from files: whoever made them renews them`);
      }
      const own = await renewOwn(current, names);
      const isPublic = Object.entries(current.certificates).some(
        ([name, { kind }]) => kind === 'acme' && (names.length === 0 || names.includes(name)),
      );
      if (!isPublic) return own;
      const reply = await registry.ask({ what: 'renew', names }, renewMs);
      if (typeof reply === 'string') throw new ExitError(exitCodes.negative, reply);
      if (!isRenewReply(reply)) throw silent();
      return { renewed: [...own.renewed, ...reply.renewed], failed: [...own.failed, ...reply.failed] };
    },
    async journal(since, limit) {
      const reply = await registry.ask(
        { what: 'journal', query: { since, limit: Math.min(limit, maxListed) } },
        answerMs,
      );
      if (reply === null || typeof reply === 'string') throw typeof reply === 'string' ? new Error(reply) : silent();
      return reply as unknown as JournalReply;
    },
    deliveries: createDeliveryOrders(registry, plan),
  };

  /** One reason for all: they are of one authority. */
  async function renewOwn(current: Plan, names: readonly string[]): Promise<RenewReply> {
    try {
      return { renewed: await certificates.renew(current, names), failed: [] };
    } catch (error) {
      const failed = Object.entries(current.certificates).filter(
        ([name, { kind }]) => kind === 'self_signed' && (names.length === 0 || names.includes(name)),
      );
      return { renewed: [], failed: failed.map(([name]) => ({ name, reason: reasonOf(error) })) };
    }
  }
}

function isRenewReply(reply: unknown): reply is RenewReply {
  const { renewed, failed } = (reply ?? {}) as { readonly renewed?: unknown; readonly failed?: unknown };
  return Array.isArray(renewed) && Array.isArray(failed);
}

function checkSource(source: string): void {
  if (parseSource(source) !== null) return;
  const got = JSON.stringify(source.slice(0, 64));
  throw new ExitError(exitCodes.usage, `expected an IP address or an IPv6 network of 64 bits, got ${got}`);
}

function listOf<T>(reply: unknown): readonly T[] {
  if (!Array.isArray(reply)) throw silent();
  return reply as readonly T[];
}

function silent(): ExitError {
  return new ExitError(exitCodes.internal, 'the registry does not answer; the log says why');
}
