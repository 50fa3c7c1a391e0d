import { isIP } from 'node:net';

import type { Credentials } from '../contract/account.ts';
import type { Json } from '../contract/bus.ts';
import type { ServicePlan } from '../contract/plan.ts';
import type { RegistryRequest } from '../contract/registry.ts';
import { isEnqueue } from './enqueue-request.ts';
import { isName, isRecord } from './worker-message.ts';

/** What workers may ask the registry. */
export type WorkerRequest = Extract<RegistryRequest, { what: 'authenticate' | 'sensor' | 'enqueue' | 'mailboxes' }>;

// A password or a key; longer ones than the worker lets through.
const maxSecretLength = 65_536;
// Of mail, and how long one may be.
const maxAddresses = 1_000;
const maxAddressLength = 1_024;
const maxFailures = 1_000_000;
// A thousand years: a date has to come of it.
const longestMs = 1_000 * 366 * 86_400_000;

/**
 * What a worker asks the registry, if it is something that a worker may ask; throws otherwise. The rest is the command
 * line's: a worker that was taken over must not be able to lift a ban, nor to have the registry stumble.
 */
export function readWorkerRequest(said: Json, services: readonly ServicePlan[]): WorkerRequest {
  const request = isRecord(said) ? said : {};
  const { what } = request;
  const isRight =
    (what === 'authenticate' && isLogin(request)) ||
    (what === 'sensor' && isTouch(request)) ||
    (what === 'enqueue' && isEnqueue(request)) ||
    (what === 'mailboxes' && isAddresses(request));
  if (!isRight) throw new Error('expected a question that workers may ask the registry');
  return rewrite(request as unknown as WorkerRequest, services);
}

/** With known members only. What a service is and may do is in the plan; a worker can only say which of its own it means. */
function rewrite(request: WorkerRequest, services: readonly ServicePlan[]): WorkerRequest {
  if (request.what === 'enqueue') return { what: 'enqueue', items: request.items };
  if (request.what === 'mailboxes') return { what: 'mailboxes', addresses: request.addresses };
  const plan = services.find(({ name }) => name === request.service);
  if (plan === undefined)
    throw new NotServed(`no service ${JSON.stringify(request.service.slice(0, 64))} is served by who asks`);
  const { name: service, type, limits } = plan;
  const { source } = request;
  if (request.what === 'sensor') return { what: 'sensor', service, source, ban: limits.ban };
  const { name } = request.credentials;
  const credentials: Credentials =
    'key' in request.credentials
      ? { name, key: request.credentials.key, proven: request.credentials.proven }
      : { name, password: request.credentials.password };
  return {
    what: 'authenticate',
    service,
    type,
    source,
    credentials,
    limits: { authFailures: limits.authFailures, ban: limits.ban },
  };
}

/** It may have been one of its services before a reload. */
export class NotServed extends Error {
  override readonly name = 'NotServed';
}

type Said = Readonly<Record<string, unknown>>;

function isLogin({ service, type, source, credentials, limits }: Said): boolean {
  return isName(service) && isType(type) && isSource(source) && isCredentials(credentials) && isLimits(limits);
}

function isTouch({ service, source, ban }: Said): boolean {
  return isName(service) && isSource(source) && isTime(ban);
}

function isAddresses({ addresses }: Said): boolean {
  return Array.isArray(addresses) && addresses.length <= maxAddresses && addresses.every(isMailAddress);
}

function isMailAddress(said: unknown): boolean {
  return typeof said === 'string' && said.length <= maxAddressLength;
}

/** A peer's address; that of a unix socket's is empty. */
function isSource(said: unknown): boolean {
  return typeof said === 'string' && (said === '' || isIP(said) !== 0);
}

/** A type may be the path of a module. */
function isType(said: unknown): boolean {
  return typeof said === 'string' && said.length <= maxSecretLength;
}

function isCredentials(said: unknown): boolean {
  if (!isRecord(said) || !isName(said['name'])) return false;
  const { password, key, proven } = said;
  return key === undefined ? isSecret(password) : isSecret(key) && typeof proven === 'boolean';
}

function isSecret(said: unknown): boolean {
  return typeof said === 'string' && said.length <= maxSecretLength;
}

function isLimits(said: unknown): boolean {
  if (!isRecord(said) || !isRecord(said['authFailures'])) return false;
  const { count, window } = said['authFailures'];
  return (
    Number.isInteger(count) &&
    (count as number) >= 1 &&
    (count as number) <= maxFailures &&
    isTime(window) &&
    isTime(said['ban'])
  );
}

function isTime(said: unknown): boolean {
  return typeof said === 'number' && said >= 0 && said <= longestMs;
}
