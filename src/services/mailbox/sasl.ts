// What peers send within AUTH (RFC 5034): base64, a line each.

export interface Login {
  readonly name: string;
  readonly password: string;
}

/** RFC 4954 4 has as many for the same in SMTP. */
export const maxResponseBytes = 12_288;

export const mechanisms = ['PLAIN', 'LOGIN'] as const;
export type Mechanism = (typeof mechanisms)[number];

export function isMechanism(name: string): name is Mechanism {
  return (mechanisms as readonly string[]).includes(name);
}

/** RFC 4616: whom to be, NUL, name, NUL, password. Nobody can be anybody else here. null: it is not of that form. */
export function parsePlain(message: Buffer): Login | null {
  const [authorization, name, password, ...more] = message.toString().split('\0');
  if (authorization === undefined || name === undefined || password === undefined || more.length > 0) return null;
  if (authorization !== '' && authorization !== name) return null;
  return name === '' ? null : { name, password };
}

/** RFC 5034 4: "=" is what is there, and empty. null: that is no base64. */
export function decodeInitial(text: string): Buffer | null {
  return text === '=' ? Buffer.alloc(0) : decodeBase64(text);
}

export function decodeBase64(text: string): Buffer | null {
  const isValid = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  return isValid ? Buffer.from(text, 'base64') : null;
}
