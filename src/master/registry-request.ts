import { isIP } from 'node:net';

import type { Json } from '../contract/bus.ts';
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
export function readWorkerRequest(said: Json): WorkerRequest {
  const request = isRecord(said) ? said : {};
  const { what } = request;
  const isRight =
    (what === 'authenticate' && isLogin(request)) ||
    (what === 'sensor' && isTouch(request)) ||
    (what === 'enqueue' && isEnqueue(request)) ||
    (what === 'mailboxes' && isAddresses(request));
  if (!isRight) throw new Error('expected a question that workers may ask the registry');
  return request as unknown as WorkerRequest;
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
