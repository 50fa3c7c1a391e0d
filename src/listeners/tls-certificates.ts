import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';

/** A certificate with its chain and its key, both PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** The certificates of a service, by the name that a peer asks for (RFC 6066 3). */
export interface CertificateChoice {
  /** For who asks for no name, or one that none has: the first certificate. */
  readonly fallback: SecureContext;
  /** Whether the name makes a difference. */
  readonly isSingle: boolean;
  /** Whether there are several kinds of keys. */
  readonly isMixed: boolean;
  /**
   * A certificate with this very name, else one with a wildcard for it, else the fallback; of each kind of key one, where there
   * are several. Takes any text.
   */
  choose(name: string): SecureContext;
  /**
   * As `choose`, while the handshake is going on. Node takes only one certificate then: that for the first kind of key that
   * `signatures` (in OpenSSL's words) tell of. null: the fallback.
   */
  chooseOne(name: string, signatures: readonly string[]): SecureContext | null;
}

/** Throws where a pair is broken. `createContext` gets pairs of different kinds of keys, of which each peer gets what it knows. */
export function createCertificateChoice(
  pairs: readonly CertificatePair[],
  createContext: (pairs: readonly CertificatePair[]) => SecureContext,
): CertificateChoice {
  const entries = pairs.map((pair): Entry => createEntry(pair, createContext([pair])));
  const [first] = entries;
  if (first === undefined) throw new Error('a TLS service needs a certificate');
  // As many as there are sets of pairs that share a name.
  const combined = new Map<string, SecureContext>();
  const contextOf = (some: readonly Entry[]): SecureContext => {
    if (some.length === 1) return (some[0] as Entry).context;
    const id = some.map((entry) => entries.indexOf(entry)).join();
    const context = combined.get(id) ?? createContext(some.map(({ pair }) => pair));
    combined.set(id, context);
    return context;
  };
  const byDefault = oneOfEachKind(entries.filter((entry) => entry === first || standsIn(entry, first)));
  const find = (name: string): readonly Entry[] => {
    const fitting = findByName(entries, name);
    return fitting.length === 0 ? byDefault : oneOfEachKind(fitting);
  };
  const fallback = contextOf(byDefault);
  return {
    fallback,
    isSingle: entries.length === 1,
    isMixed: oneOfEachKind(entries).length > 1,
    choose: (name) => contextOf(find(name)),
    chooseOne(name, signatures) {
      const some = find(name);
      if (contextOf(some) === fallback) return null;
      return (some.find(({ kind }) => knows(signatures, kind)) ?? some[0] ?? first).context;
    },
  };
}

interface Entry {
  readonly pair: CertificatePair;
  readonly context: SecureContext;
  readonly certificate: X509Certificate;
  /** "rsa", "ec", …: OpenSSL has room for one certificate of each. */
  readonly kind: string | undefined;
}

function createEntry(pair: CertificatePair, context: SecureContext): Entry {
  const certificate = new X509Certificate(pair.cert);
  return { pair, context, certificate, kind: certificate.publicKey.asymmetricKeyType };
}

/** Those with this very name first. */
function findByName(entries: readonly Entry[], asked: string): readonly Entry[] {
  const name = asked.toLowerCase().replace(/\.$/, '');
  // OpenSSL takes ".example.com" for all names below it, and Node throws where there is a NUL.
  if (!/^[a-z0-9_:-][a-z0-9_.:-]{0,254}$/.test(name)) return [];
  const fitting = entries.filter((entry) => matches(entry, name));
  const exact = fitting.filter((entry) => hasName(entry, name));
  return [...exact, ...fitting.filter((entry) => !exact.includes(entry))];
}

function oneOfEachKind(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ kind }, index) => entries.findIndex((entry) => entry.kind === kind) === index);
}

function matches({ certificate }: Entry, name: string): boolean {
  return (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
}

function hasName({ certificate }: Entry, name: string): boolean {
  return isIP(name) !== 0 || certificate.checkHost(name, { wildcards: false }) !== undefined;
}

/** Whether it has all names of the other, so that a peer that knows nothing of the other's key can be given it. */
function standsIn(entry: Entry, other: Entry): boolean {
  const names = namesOf(other.certificate);
  if (names.length === 0) return entry.certificate.subject === other.certificate.subject;
  return names.every((name) => matches(entry, name));
}

/** Before TLS 1.2 nobody told of signatures, and everybody knew RSA. */
function knows(signatures: readonly string[], kind: string | undefined): boolean {
  const start = kind === 'ec' ? 'ECDSA+' : kind === 'rsa' ? 'RSA' : `${kind}+`;
  if (signatures.length === 0) return kind === 'rsa';
  return signatures.some((signature) => signature.toLowerCase().startsWith(start.toLowerCase()));
}

/** DNS names and addresses; of a wildcard one name that it stands for. */
function namesOf({ subjectAltName = '' }: X509Certificate): readonly string[] {
  return subjectAltName
    .split(', ')
    .flatMap((entry) => /^(?:DNS|IP Address):([^"]+)$/.exec(entry)?.[1] ?? [])
    .map((name) => name.replace(/^\*\./, 'any.'));
}
