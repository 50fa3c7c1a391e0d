/** The value of a Content-Type or Content-Disposition field (RFC 2045 5.1, RFC 2183 2). */
export interface Parameterized {
  /** "text/plain", "attachment": as it came. */
  readonly value: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

const maxLength = 16_384;
const maxParameters = 100;

/** What cannot be read has an empty value; parameters that cannot be read are left out. */
export function parseParameterized(text: string): Parameterized {
  const [first = '', ...rest] = splitAtSemicolons(text.slice(0, maxLength));
  const parameters = rest.slice(0, maxParameters).flatMap((part) => {
    const [, name, given = ''] = /^\s*([!#$%&'*+.^`|~\w-]+)\s*=\s*(.*)$/s.exec(part) ?? [];
    const value = valueOf(given);
    return name === undefined || value === null ? [] : [[name, value] as const];
  });
  return { value: first.trim(), parameters };
}

export function parameterOf({ parameters }: Parameterized, name: string): string | null {
  return parameters.find(([known]) => known.toLowerCase() === name)?.[1] ?? null;
}

function valueOf(text: string): string | null {
  const [, quoted] = /^"((?:[^"\\]|\\.)*)/s.exec(text) ?? [];
  return quoted?.replaceAll(/\\(.)/gs, '$1') ?? /^[^\s"]+/.exec(text)?.[0] ?? null;
}

/** Comments go; what is quoted stays together. */
function splitAtSemicolons(text: string): string[] {
  const parts: string[] = [''];
  let isQuoted = false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    const pair = character === '\\' && (isQuoted || depth > 0) ? text.slice(at, at + 2) : character;
    at += pair.length - 1;
    if (character === '"' && depth === 0) isQuoted = !isQuoted;
    if (!isQuoted && character === '(') depth += 1;
    else if (!isQuoted && character === ')' && depth > 0) depth -= 1;
    else if (!isQuoted && depth === 0 && character === ';') parts.push('');
    else if (depth === 0) parts[parts.length - 1] += pair;
  }
  return parts;
}
