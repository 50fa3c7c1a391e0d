import tls, { type SecureContext } from 'node:tls';

import { PeerError } from '../contract/errors.ts';
import type { Challenge } from '../contract/registry.ts';
import type { ClientHello } from './tls-client-hello.ts';
import { modernProfile } from './tls-profile.ts';

/** A certificate that proves to an authority that a name is ours (RFC 8737). `name` is what it asks for by SNI. */
export type TlsChallenge = Omit<Extract<Challenge, { kind: 'tls-alpn-01' }>, 'kind'>;

/** The peer was an authority, and has seen the proof: neither a session nor a refusal. */
export class ChallengeAnswered extends PeerError {
  constructor() {
    super('the peer came for a proof of a name only');
  }
}

export const acmeProtocol = 'acme-tls/1';

/** The proofs that an authority may come for now. */
export interface TlsChallenges {
  /** None is expected, and nobody's hello has to be looked at. */
  readonly isEmpty: boolean;
  /** All of them, in place of those before. Throws where one is broken, and keeps those before. */
  set(challenges: readonly TlsChallenge[]): void;
  /** null: there is none for this name. */
  contextFor(serverName: string | null): SecureContext | null;
}

export function createTlsChallenges(): TlsChallenges {
  let contexts: ReadonlyMap<string, SecureContext> = new Map();
  return {
    get isEmpty() {
      return contexts.size === 0;
    },
    set(challenges) {
      contexts = new Map(challenges.map((challenge) => [challenge.name.toLowerCase(), createContext(challenge)]));
    },
    contextFor: (serverName) => (serverName === null ? null : (contexts.get(serverName) ?? null)),
  };
}

/** RFC 8737 3: an authority offers this protocol and no other. */
export function asksForProof(hello: ClientHello): boolean {
  return hello.protocols.length === 1 && hello.protocols[0] === acmeProtocol;
}

function createContext({ cert, key }: TlsChallenge): SecureContext {
  // RFC 8737 3: TLS 1.2 or higher, whatever the service itself speaks.
  return tls.createSecureContext({ cert, key, ...modernProfile('TLSv1.2') });
}
