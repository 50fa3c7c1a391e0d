/** What a visit can end with, besides well. Anything else that is thrown is a session that was lost. */

/** The connection was not established, or nobody has the datagram's port. */
export class Refused extends Error {}

/** The service said that it cannot just now: nothing was acknowledged, and the peer knows. */
export class PutOff extends Error {}

/** The answer is not the one there has to be. */
export class Wrong extends Error {}

export function expect(isSo: boolean, what: string, got: string): void {
  if (!isSo) throw new Wrong(`expected ${what}, got ${JSON.stringify(got.slice(0, 200))}`);
}
