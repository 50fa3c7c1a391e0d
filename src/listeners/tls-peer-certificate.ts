// Certificates of peers. Whose they are comes from whoever made them: it is shown, never believed without the check.
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** Why the peer is not let in, or null; `authorized` of the socket is true afterwards where it gave a good one. */
export function checkPeerCertificate(secured: TLSSocket, wanted: 'optional' | 'required'): string | null {
  const certificate = secured.getPeerX509Certificate();
  const problem = certificate === undefined ? 'the peer gave no certificate' : faultOf(secured, certificate);
  (secured as { authorized: boolean }).authorized = problem === null;
  return certificate === undefined && wanted === 'optional' ? null : problem;
}

const maxSubjectLength = 256;

/**
 * The subject in one line of printable characters, in the manner of RFC 4514: "CN=alice,O=Example". Others stand as their bytes,
 * "\0A". What is too long ends with "…". A certificate may have none: "".
 */
export function subjectOf({ subject }: { readonly subject: string | undefined }): string {
  // Node has one RDN a line, the first one first, with RFC 4514's escapes inside; RFC 4514 2.1 wants the last one first.
  const names = (subject ?? '').split('\n').toReversed();
  const text = names.map((name) => name.replaceAll(' + ', '+')).join(',');
  // \p{C}: control and format characters, among them those that turn the direction of text; \p{Z}: all spaces.
  const characters = Array.from(text.slice(0, 2 * maxSubjectLength), (character) =>
    character !== ' ' && /[\p{C}\p{Z}]/u.test(character) ? escape(character) : character,
  );
  const line = characters.join('');
  return line.length <= maxSubjectLength ? line : `${cut(characters)}…`;
}

function faultOf(secured: TLSSocket, certificate: X509Certificate): string | null {
  const error = verify(secured);
  // Behind the semicolon Node gives advice to who has started it.
  if (error !== null) return `the peer's certificate is refused: ${error.message.split(';')[0]}`;
  // What a session has brought along was good when the session began.
  const now = Date.now();
  const isInTime = certificate.validFromDate.getTime() <= now && now <= certificate.validToDate.getTime();
  return isInTime ? null : "the peer's certificate is refused: certificate has expired";
}

/** What OpenSSL found wrong. Node tells it of a server's own sockets only; a release that hides it lets nobody in. */
function verify(secured: TLSSocket): Error | null {
  const { ssl } = secured as unknown as { ssl?: { verifyError?(): Error | null } | null };
  return typeof ssl?.verifyError === 'function' ? (ssl.verifyError() ?? null) : new Error('it cannot be verified');
}

function escape(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

/** Between two characters, never inside an escape of ours. */
function cut(characters: readonly string[]): string {
  let line = '';
  for (const character of characters) {
    if (line.length + character.length >= maxSubjectLength) break;
    line += character;
  }
  return line;
}
