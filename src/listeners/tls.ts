import { hash } from 'node:crypto';
import type net from 'node:net';
import type { Socket } from 'node:net';
import tls, { type CipherNameAndProtocol, type SecureContext, type TLSSocket, type TLSSocketOptions } from 'node:tls';

import type { Endpoint } from '../contract/endpoint.ts';
import { PeerError } from '../contract/errors.ts';
import type { TlsPlan } from '../contract/plan.ts';
import type { TlsInfo } from '../contract/session.ts';
import { createNetworkSet } from './access.ts';
import { createCertificateChoice, type CertificateChoice, type CertificatePair } from './tls-certificates.ts';
import {
  acmeProtocol,
  asksForProof,
  ChallengeAnswered,
  createTlsChallenges,
  type TlsChallenge,
} from './tls-challenges.ts';
import { peekClientHello } from './tls-client-hello.ts';
import { dismiss, finishHandshake, handshakeTimeoutMs } from './tls-handshake.ts';
import { checkPeerCertificate, subjectOf } from './tls-peer-certificate.ts';
import { isModern, legacyProfile, modernProfile, type TlsProfile } from './tls-profile.ts';
import { createTlsSessionCache } from './tls-session-cache.ts';

export type { CertificatePair } from './tls-certificates.ts';
export { ChallengeAnswered, type TlsChallenge } from './tls-challenges.ts';

/** Makes accepted sockets secure, as the server. */
export interface TlsAcceptor {
  /**
   * Resolves after the handshake; throws PeerError when it fails, and the socket is closed then. Throws ChallengeAnswered, which
   * is one, when the peer was an authority that came for a proof.
   */
  secure(socket: Socket, peer: Endpoint): Promise<TLSSocket>;
  /** New pairs for the next handshake; running connections keep theirs. */
  update(pairs: readonly CertificatePair[]): void;
  /** All proofs that an authority may come for from now on. */
  setChallenges(challenges: readonly TlsChallenge[]): void;
}

export interface TlsAcceptorOptions {
  /** The first is served to who asks for no name, or one that none has. */
  readonly pairs: readonly CertificatePair[];
  readonly plan: Pick<TlsPlan, 'minVersion' | 'clientCertificate'> & Partial<Pick<TlsPlan, 'legacy'>>;
  /** PEM of the authorities whose certificates are taken from peers. */
  readonly clientCa: string | null;
  /** 48 bytes, the same in every worker, so that each can resume the sessions of the others. */
  readonly ticketKeys: Buffer;
  /** ALPN, the best first. A peer that offers others only is refused (RFC 7301 3.2). Default: offers are passed over. */
  readonly protocols?: readonly string[];
  /** Peers without tickets can go on with their sessions too. It costs some time with every handshake. Default: false. */
  readonly remembersSessions?: boolean;
}

// Afterwards a peer has to prove again who it is.
const sessionSeconds = 7_200;

export function createTlsAcceptor(options: TlsAcceptorOptions): TlsAcceptor {
  const { clientCertificate, legacy = null } = options.plan;
  const modern = modernProfile(options.plan.minVersion);
  const old = legacy === null ? null : legacyProfile(legacy.minVersion);
  const isOld = createNetworkSet(legacy?.from ?? []);
  const challenges = createTlsChallenges();
  const settings: TLSSocketOptions = {
    isServer: true,
    requestCert: clientCertificate !== 'none',
    // Here this says only that OpenSSL itself refuses, with the right alert, who gives none. Node looks at no certificate.
    rejectUnauthorized: clientCertificate === 'required',
    ...(options.protocols === undefined ? {} : { ALPNProtocols: [...options.protocols] }),
    ...(options.remembersSessions === true ? { server: createTlsSessionCache().server as net.Server } : {}),
  };
  let choices = chooseFrom(options.pairs);

  function chooseFrom(pairs: readonly CertificatePair[]): { modern: CertificateChoice; old: CertificateChoice | null } {
    const choiceOf = (profile: TlsProfile): CertificateChoice =>
      createCertificateChoice(pairs, (some) => createContext(some, profile, options));
    return { modern: choiceOf(modern), old: old === null ? null : choiceOf(old) };
  }

  return {
    update(pairs) {
      choices = chooseFrom(pairs);
    },
    setChallenges: challenges.set,
    async secure(socket, peer) {
      if (socket.destroyed) throw new PeerError('the peer left during the TLS handshake');
      const choice = choices.old !== null && isOld(peer.address) ? choices.old : choices.modern;
      // Where TLS is started later, something was answered in clear, and who reads that may still be reading: what comes next is
      // OpenSSL's alone. Authorities begin with TLS (RFC 8737 3).
      const isLate = socket.bytesWritten > 0;
      if (isLate || (challenges.isEmpty && !choice.isMixed)) return shakeHands(socket, choice, handshakeTimeoutMs);
      const startedTick = performance.now();
      const hello = await peekClientHello(socket, handshakeTimeoutMs);
      const timeoutMs = Math.max(1, handshakeTimeoutMs - (performance.now() - startedTick));
      if (hello === null) return shakeHands(socket, choice, timeoutMs);
      if (!challenges.isEmpty && asksForProof(hello)) {
        return proveName(socket, challenges.contextFor(hello.serverName), choices.modern.fallback, timeoutMs);
      }
      return shakeHands(socket, choice.choose(hello.serverName ?? ''), timeoutMs);
    },
  };

  /** With a certificate that is chosen already, or by the name that OpenSSL finds. */
  async function shakeHands(
    socket: Socket,
    chosen: SecureContext | CertificateChoice,
    timeoutMs: number,
  ): Promise<TLSSocket> {
    const choice = 'fallback' in chosen ? chosen : null;
    const secured: TLSSocket = new tls.TLSSocket(socket, {
      ...settings,
      secureContext: 'fallback' in chosen ? chosen.fallback : chosen,
      ...(choice === null || choice.isSingle
        ? {}
        : { SNICallback: (name, done) => done(null, choice.chooseOne(name, secured.getSharedSigalgs()) ?? undefined) }),
    });
    // One handshake is much dearer for us than for who asks for it, and nobody needs a second.
    secured.disableRenegotiation();
    await finishHandshake(secured, socket, timeoutMs);
    if (clientCertificate === 'none') return secured;
    const problem = checkPeerCertificate(secured, clientCertificate);
    if (problem === null) return secured;
    dismiss(secured);
    throw new PeerError(problem);
  }
}

/** What a session shows of its TLS. */
export function describeTls(socket: TLSSocket): TlsInfo {
  const name: unknown = socket.servername;
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  const protocol = socket.getProtocol() ?? 'unknown';
  // Of a connection that is gone already Node knows nothing any more.
  const cipher = (socket.getCipher() as CipherNameAndProtocol | null)?.name ?? 'unknown';
  return {
    protocol,
    cipher,
    serverName: typeof name === 'string' && name !== '' ? name : null,
    subject: certificate === undefined ? null : subjectOf(certificate),
    isLegacy: !isModern(protocol, cipher),
    isResumed: (socket.isSessionReused() as boolean | null) === true,
  };
}

function createContext(
  pairs: readonly CertificatePair[],
  profile: TlsProfile,
  options: TlsAcceptorOptions,
): SecureContext {
  return tls.createSecureContext({
    ...profile,
    cert: pairs.map(({ cert }) => cert),
    key: pairs.map(({ key }) => key),
    ticketKeys: options.ticketKeys,
    sessionTimeout: sessionSeconds,
    sessionIdContext: sessionContextOf(profile, options),
    ...(options.clientCa === null ? {} : { ca: options.clientCa }),
  });
}

/**
 * A resumed session brings along that its peer's certificate was good, not by which authority, and the cipher that was agreed on.
 * So sessions of services that trust others, or speak older ciphers, are not taken, although all services have the same ticket
 * keys. OpenSSL has room for 32 bytes.
 */
function sessionContextOf({ ciphers }: TlsProfile, { plan, clientCa }: TlsAcceptorOptions): string {
  return hash('sha256', `${ciphers}\n${plan.clientCertificate}\n${clientCa ?? ''}`).slice(0, 32);
}

/** RFC 8737 3: shows the proof and closes. Where there is none, the peer is told that we do not know this protocol. */
async function proveName(
  socket: Socket,
  proof: SecureContext | null,
  fallback: SecureContext,
  timeoutMs: number,
): Promise<never> {
  const secured = new tls.TLSSocket(socket, {
    isServer: true,
    secureContext: proof ?? fallback,
    ALPNCallback: () => (proof === null ? undefined : acmeProtocol),
  });
  secured.disableRenegotiation();
  await finishHandshake(secured, socket, timeoutMs);
  dismiss(secured);
  throw new ChallengeAnswered();
}
