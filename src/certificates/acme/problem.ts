// Problem documents (RFC 7807) as ACME has them (RFC 8555 6.7): written by the authority, read by people.
import { printable } from '../../wire/printable.ts';
import { AcmeError } from './acme-error.ts';

export interface Refusal {
  /** "acme.example refused the order" */
  readonly said: string;
  readonly retryAfterMs?: number | null;
  readonly isTemporary?: boolean;
}

const prefix = 'urn:ietf:params:acme:error:';
const maxDetailLength = 500;
const maxSubproblems = 10;

/** The error that a problem document tells of. Anything else than one gives an error without details. */
export function problemError(problem: unknown, refusal: Refusal): AcmeError {
  const { said, retryAfterMs = null, isTemporary = false } = refusal;
  const whole = [said, describe(problem), ...describeParts(problem)].filter((text) => text !== '').join(': ');
  const later = retryAfterMs === null ? '' : `; not before ${Math.ceil(retryAfterMs / 1000)} s from now`;
  return new AcmeError(`${whole}${later}`, { kind: kindOf(problem), retryAfterMs, isTemporary });
}

/** The last part of the type; null when it is not one of ACME's. */
export function kindOf(problem: unknown): string | null {
  const type = memberOf(problem, 'type');
  if (typeof type !== 'string' || !type.startsWith(prefix)) return null;
  const kind = type.slice(prefix.length);
  return /^[A-Za-z]{1,64}$/.test(kind) ? kind : null;
}

function describe(problem: unknown): string {
  const detail = memberOf(problem, 'detail');
  const kind = kindOf(problem);
  const text = typeof detail === 'string' ? printable(detail.trim(), maxDetailLength) : '';
  if (kind === null) return text;
  return text === '' ? kind : `${text} (${kind})`;
}

/** RFC 8555 6.7.1: what was wrong with each name. */
function describeParts(problem: unknown): readonly string[] {
  const parts = memberOf(problem, 'subproblems');
  if (!Array.isArray(parts) || parts.length === 0) return [];
  const told = parts.slice(0, maxSubproblems).map((part: unknown) => {
    const name = memberOf(memberOf(part, 'identifier'), 'value');
    return typeof name === 'string' ? `${printable(name, 255)}: ${describe(part)}` : describe(part);
  });
  const rest = parts.length > maxSubproblems ? [`and ${parts.length - maxSubproblems} more`] : [];
  return [[...told, ...rest].join('; ')];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
