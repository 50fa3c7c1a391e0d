// An authority that speaks ACME (RFC 8555) on loopback, strict about what it is sent, and which can be told to misbehave.
import { createPublicKey, randomBytes, verify, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { isIP, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import type { Test } from 'tap';

import { thumbprintOf, type Jwk } from '../../src/certificates/acme/jose.ts';
import { serverNameOf } from '../../src/certificates/acme/names.ts';
import { createTestAuthority, makeFolder } from './acme-authority.ts';
import { lookByHttp, lookByTlsAlpn } from './acme-proof.ts';

export interface AcmeServerOptions {
  /** http in place of https. */
  readonly isPlain?: boolean;
  /** Where the applicant answers challenges, on 127.0.0.1. */
  readonly challengePort?: number;
}

/** The first part of a request's path. */
export type Step =
  | 'directory'
  | 'new-nonce'
  | 'new-account'
  | 'account'
  | 'new-order'
  | 'order'
  | 'authorization'
  | 'challenge'
  | 'finalize'
  | 'certificate';

export interface RawAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects are sent as JSON. */
  readonly body?: string | object;
}

/** All of it can be changed at any time. */
export interface Trouble {
  /** So many more signed requests are told that their nonce is bad. */
  badNonces: number;
  /** Given in place of the right answers, one after the other. */
  readonly instead: Partial<Record<Step, RawAnswer[]>>;
  /** Changes what is answered. */
  readonly edit: Partial<Record<Step, (json: Record<string, unknown>) => object>>;
  /** How often an authorization is still pending, an order still processing, when it is looked at. */
  pending: number;
  processing: number;
  /** What Retry-After then says. */
  retryAfter: string | null;
  /** Names whose proof does not count, whatever it is. */
  disbelieved: readonly string[];
  /** Gives another chain than what was issued. */
  chain: (chain: string) => string | Promise<string>;
  /** Which challenges are offered. */
  offers: readonly string[];
}

export interface AcmeServer {
  /** URL. */
  readonly directory: string;
  /** "127.0.0.1:PORT", as messages have it. */
  readonly host: string;
  /** PEM of the root, for the directory and for what is issued. */
  readonly ca: string;
  /** PEM of the authority that issues. */
  readonly issuer: string;
  readonly trouble: Trouble;
  /** What came, in order: "POST new-order". */
  readonly asked: string[];
  /** What signed requests had in them, in order. */
  readonly payloads: { readonly step: Step; readonly payload: unknown }[];
  /** By URL. */
  readonly accounts: Map<string, TestAccount>;
}

export interface TestAccount {
  readonly thumbprint: string;
  readonly jwk: Jwk;
  contact: readonly string[];
  status: string;
}

interface TestChallenge {
  readonly type: string;
  readonly token: string;
  status: string;
  error?: object;
}

interface TestAuthorization {
  readonly identifier: { readonly type: 'dns' | 'ip'; readonly value: string };
  readonly account: string;
  readonly challenges: readonly TestChallenge[];
  status: string;
  /** Set while it is looked at. */
  decision: Promise<void> | null;
}

interface TestOrder {
  readonly names: readonly string[];
  readonly account: string;
  readonly authorizations: readonly string[];
  status: string;
  chain: string | null;
}

/** What is answered when a request is not as it should be. */
class Problem extends Error {
  readonly kind: string;
  readonly status: number;
  constructor(kind: string, detail: string, status = 400) {
    super(detail);
    this.kind = kind;
    this.status = status;
  }
}

export async function startAcmeServer(t: Test, options: AcmeServerOptions = {}): Promise<AcmeServer> {
  const authority = await createTestAuthority(makeFolder(t));
  const nonces = new Set<string>();
  const orders = new Map<string, TestOrder>();
  const authorizations = new Map<string, TestAuthorization>();
  const trouble: Trouble = {
    badNonces: 0,
    instead: {},
    edit: {},
    pending: 0,
    processing: 0,
    retryAfter: null,
    disbelieved: [],
    chain: (chain) => chain,
    offers: ['dns-01', 'http-01', 'tls-alpn-01'],
  };

  const handle = (request: IncomingMessage, response: ServerResponse): void => void answer(request, response);
  const server =
    options.isPlain === true ? createPlainServer(handle) : createSecureServer({ ...authority.server }, handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const base = `${options.isPlain === true ? 'http' : 'https'}://${host}`;
  const urlOf = (step: Step, id: string): string => `${base}/${step}/${id}`;
  const self: AcmeServer = {
    directory: `${base}/directory`,
    host,
    ca: authority.root,
    issuer: authority.intermediate,
    trouble,
    asked: [],
    payloads: [],
    accounts: new Map(),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, first = '', id = ''] = (request.url ?? '').split('/');
    const step = first as Step;
    self.asked.push(`${request.method} ${step}`);
    const nonce = newId();
    nonces.add(nonce);
    response.setHeader('replay-nonce', nonce);
    try {
      const body = await text(request);
      if (request.headers['user-agent'] === undefined) throw new Problem('malformed', 'no User-Agent');
      const told = trouble.instead[step]?.shift() ?? (await rightAnswer(request, step, id, body));
      send(response, told);
    } catch (error) {
      const { kind, message, status } =
        error instanceof Problem ? error : new Problem('serverInternal', String(error), 500);
      send(response, { status, body: { type: `urn:ietf:params:acme:error:${kind}`, detail: message } });
    }
  }

  async function rightAnswer(request: IncomingMessage, step: Step, id: string, body: string): Promise<RawAnswer> {
    if (step === 'new-nonce') return { status: 200, headers: { 'cache-control': 'no-store' } };
    if (step === 'directory') return { status: 200, body: edited(step, directory()) };
    const signed = open(request, step, body);
    self.payloads.push({ step, payload: signed.payload });
    const told = await steps[step](signed, id);
    return typeof told.body === 'object' ? { ...told, body: edited(step, { ...told.body }) } : told;
  }

  const edited = (step: Step, json: Record<string, unknown>): object => trouble.edit[step]?.(json) ?? json;

  const directory = (): Record<string, unknown> => ({
    newNonce: `${base}/new-nonce`,
    newAccount: `${base}/new-account`,
    newOrder: `${base}/new-order`,
    meta: { termsOfService: 'https://acme.example/terms' },
  });

  interface Signed {
    /** null: POST-as-GET. */
    readonly payload: Record<string, unknown> | null;
    readonly jwk: Jwk;
    readonly kid: string;
  }

  /** RFC 8555 6.2 to 6.5: everything that a signed request has to be. */
  function open(request: IncomingMessage, step: Step, body: string): Signed {
    if (request.method !== 'POST') throw new Problem('malformed', 'not a POST', 405);
    if (request.headers['content-type'] !== 'application/jose+json')
      throw new Problem('malformed', 'not application/jose+json', 415);
    const jws = JSON.parse(body) as Record<'protected' | 'payload' | 'signature', string>;
    const members = ['payload', 'protected', 'signature'];
    if (Object.keys(jws).sort().join() !== members.join()) throw new Problem('malformed', 'not a flattened JWS');
    const header = JSON.parse(decode(jws.protected)) as Record<string, unknown>;
    if (header['alg'] !== 'ES256') throw new Problem('badSignatureAlgorithm', 'not ES256');
    if (header['url'] !== `${base}${request.url}`) throw new Problem('unauthorized', 'signed for another url', 403);
    const isNew = step === 'new-account';
    if ('jwk' in header !== isNew || 'kid' in header === isNew) throw new Problem('malformed', 'wrong one of jwk, kid');
    const kid = String(header['kid']);
    const jwk = isNew ? (header['jwk'] as Jwk) : accountOf(kid).jwk;
    const key = publicKeyOf(jwk);
    const signature = Buffer.from(jws.signature, 'base64url');
    const input = Buffer.from(`${jws.protected}.${jws.payload}`);
    if (!verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature))
      throw new Problem('unauthorized', 'wrong signature', 403);
    if (!nonces.delete(String(header['nonce'])) || trouble.badNonces-- > 0) throw new Problem('badNonce', 'bad nonce');
    trouble.badNonces = Math.max(trouble.badNonces, 0);
    return { payload: jws.payload === '' ? null : (JSON.parse(decode(jws.payload)) as Signed['payload']), jwk, kid };
  }

  function accountOf(kid: string): TestAccount {
    const account = self.accounts.get(kid);
    if (account === undefined) throw new Problem('accountDoesNotExist', 'there is no such account');
    if (account.status !== 'valid') throw new Problem('unauthorized', `the account is ${account.status}`, 403);
    return account;
  }

  const accountAnswer = (url: string, account: TestAccount, status: number): RawAnswer => ({
    status,
    headers: { location: url },
    body: { status: account.status, contact: account.contact },
  });

  type Handler = (signed: Signed, id: string) => RawAnswer | Promise<RawAnswer>;

  const steps: Record<Exclude<Step, 'directory' | 'new-nonce'>, Handler> = {
    'new-account': ({ payload, jwk }) => {
      const thumbprint = thumbprintOf(publicKeyOf(jwk));
      const found = [...self.accounts].find(([, account]) => account.thumbprint === thumbprint);
      if (found !== undefined) return accountAnswer(found[0], found[1], 200);
      if (payload?.['onlyReturnExisting'] === true) throw new Problem('accountDoesNotExist', 'no account has this key');
      if (payload?.['termsOfServiceAgreed'] !== true)
        throw new Problem('userActionRequired', 'terms not agreed to', 403);
      const url = urlOf('account', newId());
      const account = { thumbprint, jwk, contact: payload['contact'] as string[], status: 'valid' };
      self.accounts.set(url, account);
      return accountAnswer(url, account, 201);
    },
    account: ({ payload, kid }) => {
      const account = accountOf(kid);
      account.contact = payload?.['contact'] as string[];
      return accountAnswer(kid, account, 200);
    },
    'new-order': ({ payload, kid }) => {
      const identifiers = payload?.['identifiers'] as TestAuthorization['identifier'][];
      for (const { type, value } of identifiers) {
        if ((type === 'ip') !== isIP(value) > 0) throw new Problem('malformed', `${value} is not of type ${type}`);
      }
      const id = newId();
      const ids = identifiers.map((identifier) => {
        const authorization = newId();
        const challenges = trouble.offers.map((type) => ({ type, token: newId(), status: 'pending' }));
        authorizations.set(authorization, { identifier, account: kid, challenges, status: 'pending', decision: null });
        return authorization;
      });
      const names = identifiers.map(({ value }) => value).sort();
      orders.set(id, { names, account: kid, authorizations: ids, status: 'pending', chain: null });
      return { ...orderAnswer(id, kid), status: 201 };
    },
    order: ({ payload, kid }, id) => {
      mustBeRead(payload);
      return orderAnswer(id, kid);
    },
    authorization: async ({ payload, kid }, id) => {
      mustBeRead(payload);
      const { decision } = own(authorizations, id, kid);
      if (decision !== null && trouble.pending-- > 0) return { ...authorizationAnswer(id, kid, 'pending'), ...later() };
      await decision;
      return authorizationAnswer(id, kid);
    },
    challenge: ({ payload, kid }, id) => {
      const [authorizationId = '', type = ''] = id.split('.');
      const authorization = own(authorizations, authorizationId, kid);
      const challenge = authorization.challenges.find((one) => one.type === type);
      if (challenge === undefined) throw new Problem('malformed', 'no such challenge', 404);
      if (JSON.stringify(payload) !== '{}') throw new Problem('malformed', 'expected {}');
      if (challenge.status === 'pending') authorization.decision = decide(authorization, challenge);
      return { status: 200, body: challengeAnswer(authorizationId, challenge) };
    },
    finalize: async ({ payload, kid, jwk }, id) => {
      const order = own(orders, id, kid);
      if (orderAnswer(id, kid).status !== 200 || order.status !== 'ready')
        throw new Problem('orderNotReady', `the order is ${order.status}`, 403);
      const request = Buffer.from(String(payload?.['csr']), 'base64url');
      const names = await authority.namesOf(request).catch((error: unknown) => {
        throw new Problem('badCSR', String(error));
      });
      if (names.join() !== order.names.join()) throw new Problem('badCSR', `the request is for ${names.join()}`);
      // RFC 8555 11.1
      const key = createPublicKey(await authority.keyOf(request));
      if (key.equals(publicKeyOf(jwk))) throw new Problem('badCSR', 'key of the account');
      order.chain = (await authority.issue(request)) + authority.intermediate;
      order.status = 'processing';
      return orderAnswer(id, kid);
    },
    certificate: async ({ payload, kid }, id) => {
      mustBeRead(payload);
      const chain = await trouble.chain(own(orders, id, kid).chain ?? '');
      return { status: 200, headers: { 'content-type': 'application/pem-certificate-chain' }, body: chain };
    },
  };

  function orderAnswer(id: string, kid: string): RawAnswer {
    const order = own(orders, id, kid);
    const statuses = order.authorizations.map((authorization) => authorizations.get(authorization)?.status);
    if (order.status === 'pending' && statuses.includes('invalid')) order.status = 'invalid';
    if (order.status === 'pending' && statuses.every((status) => status === 'valid')) order.status = 'ready';
    const isSlow = order.status === 'processing' && trouble.processing-- > 0;
    if (order.status === 'processing' && !isSlow) order.status = 'valid';
    const body = {
      status: order.status,
      identifiers: order.names.map((value) => ({ type: isIP(value) > 0 ? 'ip' : 'dns', value })),
      authorizations: order.authorizations.map((authorization) => urlOf('authorization', authorization)),
      finalize: urlOf('finalize', id),
      ...(order.status === 'valid' ? { certificate: urlOf('certificate', id) } : {}),
    };
    const { headers = {} } = isSlow ? later() : {};
    return { status: 200, headers: { location: urlOf('order', id), ...headers }, body };
  }

  function authorizationAnswer(id: string, kid: string, status?: string): RawAnswer {
    const authorization = own(authorizations, id, kid);
    const challenges = authorization.challenges.map((challenge) => challengeAnswer(id, challenge));
    const { identifier } = authorization;
    return { status: 200, body: { identifier, status: status ?? authorization.status, challenges } };
  }

  const challengeAnswer = (id: string, challenge: TestChallenge): object => ({
    ...challenge,
    url: urlOf('challenge', `${id}.${challenge.type}`),
  });

  async function decide(authorization: TestAuthorization, challenge: TestChallenge): Promise<void> {
    challenge.status = 'processing';
    const { identifier, account } = authorization;
    const { token } = challenge;
    const keyAuthorization = `${token}.${accountOf(account).thumbprint}`;
    const proof = { port: options.challengePort ?? 0, name: identifier.value, token, keyAuthorization };
    const fault = trouble.disbelieved.includes(identifier.value)
      ? 'it does not believe anything'
      : challenge.type === 'http-01'
        ? await lookByHttp(proof)
        : await lookByTlsAlpn({ ...proof, serverName: serverNameOf(identifier) });
    const status = fault === null ? 'valid' : 'invalid';
    challenge.status = status;
    authorization.status = status;
    if (fault !== null) challenge.error = { type: 'urn:ietf:params:acme:error:unauthorized', detail: fault };
  }

  const later = (): { readonly headers?: Record<string, string> } =>
    trouble.retryAfter === null ? {} : { headers: { 'retry-after': trouble.retryAfter } };

  return self;
}

function own<T extends { readonly account: string }>(things: Map<string, T>, id: string, kid: string): T {
  const thing = things.get(id);
  if (thing === undefined) throw new Problem('malformed', 'there is no such thing', 404);
  if (thing.account !== kid) throw new Problem('unauthorized', 'it belongs to another account', 403);
  return thing;
}

function mustBeRead(payload: object | null): void {
  if (payload !== null) throw new Problem('malformed', 'expected POST-as-GET');
}

function send(response: ServerResponse, { status, headers = {}, body = '' }: RawAnswer): void {
  const isText = typeof body === 'string';
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  response.writeHead(status, { ...(isText ? {} : { 'content-type': type }), ...headers });
  response.end(isText ? body : JSON.stringify(body));
}

function publicKeyOf(jwk: Jwk): KeyObject {
  return createPublicKey({ key: { ...jwk }, format: 'jwk' });
}

function decode(text: string): string {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new Problem('malformed', 'not base64url');
  return Buffer.from(text, 'base64url').toString();
}

function newId(): string {
  return randomBytes(16).toString('base64url');
}
