import type { X509Certificate } from 'node:crypto';

export interface Chain {
  /** The leaf first, and each other one after one that it issued. */
  readonly chain: readonly X509Certificate[];
  /** Those that issued none of the chain. */
  readonly strangers: readonly X509Certificate[];
}

/** Those given keep their order where it is a right one. A certificate that stands there twice is taken once. */
export function orderChain(leaf: X509Certificate, certificates: readonly X509Certificate[]): Chain {
  const chain = [leaf];
  let rest = withoutDoubles(certificates).filter(({ fingerprint256 }) => fingerprint256 !== leaf.fingerprint256);
  for (;;) {
    // Not only the issuer of the last: an issuer that two others have signed stands there with both certificates.
    const next = rest.find((candidate) => chain.some((issued) => issued.checkIssued(candidate)));
    if (next === undefined) return { chain, strangers: rest };
    chain.push(next);
    rest = rest.filter((candidate) => candidate !== next);
  }
}

function withoutDoubles(certificates: readonly X509Certificate[]): readonly X509Certificate[] {
  const byFingerprint = new Map(
    certificates.toReversed().map((certificate) => [certificate.fingerprint256, certificate]),
  );
  return certificates.filter((certificate) => byFingerprint.get(certificate.fingerprint256) === certificate);
}
