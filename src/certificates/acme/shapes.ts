// What the authority's JSON has to look like before anything of it is used.
import { AcmeError } from './acme-error.ts';
import type { UrlRule } from './urls.ts';

export interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  readonly termsOfService: string | null;
  readonly isExternalAccountRequired: boolean;
}

export interface Order {
  readonly status: 'pending' | 'ready' | 'processing' | 'valid' | 'invalid';
  readonly authorizations: readonly string[];
  readonly finalize: string;
  /** There once it is valid. */
  readonly certificate: string | null;
  /** A problem document, of an order that is invalid. */
  readonly error: unknown;
}

export interface Authorization {
  readonly status: 'pending' | 'valid' | 'invalid' | 'deactivated' | 'expired' | 'revoked';
  readonly identifier: string;
  readonly challenges: readonly Challenge[];
}

export interface Challenge {
  /** "http-01", or one that we do not know. */
  readonly type: string;
  readonly status: 'pending' | 'processing' | 'valid' | 'invalid';
  readonly url: string;
  /** null: of a kind without one. */
  readonly token: string | null;
  readonly error: unknown;
}

const maxAuthorizations = 200;
const maxChallenges = 20;

export interface Shapes {
  directory(json: unknown): Directory;
  account(json: unknown): { readonly status: 'valid' | 'deactivated' | 'revoked' };
  order(json: unknown): Order;
  authorization(json: unknown): Authorization;
}

type Members = Readonly<Record<string, unknown>>;

/** Each throws AcmeError when something is missing or not what it should be. Members that are not known are ignored. */
export function createShapes(urls: UrlRule): Shapes {
  const members = (value: unknown, what: string): Members => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
    throw wrong(what);
  };
  const oneOf = <const Word extends string>(value: unknown, words: readonly Word[], what: string): Word => {
    const word = words.find((one) => one === value);
    if (word === undefined) throw wrong(what);
    return word;
  };
  const list = (value: unknown, max: number, what: string): readonly unknown[] => {
    if (Array.isArray(value) && value.length > 0 && value.length <= max) return value;
    throw wrong(what);
  };
  const wrong = (what: string): AcmeError => new AcmeError(`${urls.host} sent no usable ${what}`);

  const challenge = (json: unknown): Challenge => {
    const { type, status, url, token, error } = members(json, 'challenge');
    if (typeof type !== 'string') throw wrong('type of a challenge');
    return {
      type,
      status: oneOf(status, ['pending', 'processing', 'valid', 'invalid'], 'status of a challenge'),
      url: urls.check(url, 'a challenge'),
      token: isToken(token) ? token : null,
      error,
    };
  };

  return {
    directory(json) {
      const { newNonce, newAccount, newOrder, meta } = members(json, 'directory');
      const { termsOfService, externalAccountRequired } = meta === undefined ? {} : members(meta, 'directory');
      return {
        newNonce: urls.check(newNonce, 'newNonce'),
        newAccount: urls.check(newAccount, 'newAccount'),
        newOrder: urls.check(newOrder, 'newOrder'),
        termsOfService: typeof termsOfService === 'string' ? termsOfService : null,
        isExternalAccountRequired: externalAccountRequired === true,
      };
    },
    account(json) {
      const { status } = members(json, 'account');
      return { status: oneOf(status, ['valid', 'deactivated', 'revoked'], 'status of an account') };
    },
    order(json) {
      const { status, authorizations, finalize, certificate, error } = members(json, 'order');
      const links = list(authorizations, maxAuthorizations, 'list of authorizations');
      return {
        status: oneOf(status, ['pending', 'ready', 'processing', 'valid', 'invalid'], 'status of an order'),
        authorizations: links.map((link) => urls.check(link, 'an authorization')),
        finalize: urls.check(finalize, 'the end of an order'),
        certificate: certificate === undefined ? null : urls.check(certificate, 'the certificate'),
        error,
      };
    },
    authorization(json) {
      const { status, identifier, challenges } = members(json, 'authorization');
      const { value } = members(identifier, 'name of an authorization');
      if (typeof value !== 'string') throw wrong('name of an authorization');
      return {
        status: oneOf(
          status,
          ['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked'],
          'status of an authorization',
        ),
        identifier: value,
        challenges: list(challenges, maxChallenges, 'list of challenges').map(challenge),
      };
    },
  };
}

/** RFC 8555 8.3: at least 128 bits, in the base64url alphabet, so that it can be part of a path. */
function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{22,256}$/.test(value);
}
