import type { Entity } from './entity.ts';
import type { Section } from './fetch-items.ts';

/** A range of bytes of a message. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Where a section is (RFC 9051 6.4.5.1). null: there is none. Of header fields it is the header that they are in. */
export function rangeOfSection(root: Entity, { part, what }: Section): ByteRange | null {
  const found = findPart(root, part);
  if (found === null) return null;
  if (what === 'mime') return { from: found.headerFrom, to: found.bodyFrom };
  if (what === 'all') return { from: part.length === 0 ? found.headerFrom : found.bodyFrom, to: found.bodyTo };
  const message = part.length === 0 ? found : found.message;
  if (message === null) return null;
  return what === 'text'
    ? { from: message.bodyFrom, to: message.bodyTo }
    : { from: message.headerFrom, to: message.bodyFrom };
}

export function findPart(root: Entity, part: readonly number[]): Entity | null {
  let found = root;
  // The body of a message that has no parts is its part 1, and has no parts itself.
  let isBody = false;
  for (const number of part) {
    const container: Entity = found === root && !isBody ? root : (found.message ?? found);
    const child = container.children[number - 1];
    if (child !== undefined) found = child;
    else {
      const hasBody = container === root ? !isBody : container !== found;
      if (number !== 1 || !hasBody || container.children.length > 0) return null;
      found = container;
      isBody = true;
    }
  }
  return found;
}
