import type { Json } from '../contract/bus.ts';
import type { Plan, ServicePlan } from '../contract/plan.ts';
import { readAccounts } from './accounts.ts';
import { member, routesOf } from './member.ts';

/**
 * Services that start and can never do what they are there for: nobody can log in, nothing can come or go. One sentence each, with
 * what mends it; somebody may be at the first half of a change, so that they are no mistakes.
 */
export function findDeadEnds(plan: Plan): readonly string[] {
  let known: ReadonlySet<string> | null | undefined;
  // Read only for who names some: there may be many.
  const ask = (): ReadonlySet<string> | null => (known === undefined ? (known = knownAccounts(plan)) : known);
  return plan.services
    .filter(({ enabled }) => enabled)
    .flatMap((service) =>
      [withoutAccounts(service, plan), withoutRecipients(service, plan), withoutItems(service)]
        .filter((sentence) => sentence !== null)
        .concat(unknownAccounts(service, ask))
        .map((sentence) => `services.${service.name}: ${sentence}`),
    );
}

const needsLogin: ReadonlySet<string> = new Set(['pop3', 'imap', 'sftp']);

function withoutAccounts(service: ServicePlan, { accounts }: Plan): string | null {
  if (accounts.length > 0) return null;
  if (isForLogins(service)) return 'nobody can log in, as there are no accounts: add accounts: ./accounts.yaml';
  const [asking] = askingPlaces(service);
  if (asking === undefined) return null;
  return `nobody can log in at ${asking.path}, as there are no accounts: add accounts: ./accounts.yaml`;
}

/** Whether it, or a part of it, is of no use to anybody without an account. */
export function needsAccounts(service: ServicePlan): boolean {
  return isForLogins(service) || askingPlaces(service).length > 0;
}

function isForLogins({ type, options }: ServicePlan): boolean {
  return (
    needsLogin.has(type) ||
    (type === 'ftp' && member(options, 'anonymous') === undefined) ||
    (type === 'smtp' && member(options, 'auth') === 'required')
  );
}

function withoutRecipients({ type, options, deliver }: ServicePlan, { accounts }: Plan): string | null {
  if (type !== 'smtp' || deliver.length > 0) return null;
  if (accounts.length === 0)
    return 'all mail is refused, as it can go nowhere: name deliveries with deliver, or add accounts: ./accounts.yaml';
  if (member(options, 'recipients') === undefined) return null;
  return 'recipients are for deliveries, and it has none: name them with deliver; mail for addresses of accounts needs no recipients';
}

/** Of our own types those that take things in; what a module does only that knows. */
const takesThings: ReadonlySet<string> = new Set(['smtp', 'syslog', 'ftp', 'sftp', 'tftp']);

function withoutItems({ type, options, deliver }: ServicePlan): string | null {
  if (deliver.length === 0 || type.startsWith('/') || takesThings.has(type)) return null;
  if (type !== 'http')
    return `a service of the type ${type} takes nothing in, so that nothing is delivered: leave deliver out`;
  if (routesOf(options).some(([, route]) => member(route, 'upload') === true)) return null;
  return 'no route has upload: true, so that nothing comes for its deliveries';
}

interface AskingPlace {
  readonly path: string;
  /** null: any account. */
  readonly names: readonly string[] | null;
}

/** Where peers have to log in over HTTP. */
function askingPlaces({ type, options }: ServicePlan): readonly AskingPlace[] {
  const place = (path: string, given: Json | undefined): AskingPlace[] =>
    given === undefined
      ? []
      : [{ path, names: Array.isArray(given) ? given.filter((name) => typeof name === 'string') : null }];
  if (type === 'http') return routesOf(options).flatMap(([path, route]) => place(path, member(route, 'accounts')));
  if (type !== 'cgi' && type !== 'xmlrpc') return [];
  const path = member(options, 'path');
  return place(typeof path === 'string' ? path : type === 'cgi' ? '/cgi-bin/' : '/RPC2', member(options, 'accounts'));
}

/** null: who there is, is not known: a database is asked when somebody logs in. */
function knownAccounts({ accounts, daemon }: Plan): ReadonlySet<string> | null {
  if (accounts.length === 0 || accounts.some(({ kind }) => kind === 'sqlite')) return null;
  const { records, mistakes, missing } = readAccounts(accounts, { state: daemon.state });
  // Each of these is told by itself.
  return mistakes === null && missing.length === 0 ? new Set(records.map(({ name }) => name)) : null;
}

function unknownAccounts(service: ServicePlan, ask: () => ReadonlySet<string> | null): string[] {
  const named = askingPlaces(service).flatMap(({ path, names }) => (names ?? []).map((name) => ({ path, name })));
  const known = named.length === 0 ? null : ask();
  if (known === null) return [];
  return named
    .filter(({ name }) => !known.has(name))
    .map(
      ({ path, name }) => `${path} is for the account ${name}, which there is not: portico user add ${name} makes it`,
    );
}
