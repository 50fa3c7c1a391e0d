import { AcmeError } from './acme-error.ts';

export interface UrlRule {
  /** The directory's. */
  readonly host: string;
  /** Gives the text back as it is: its signature is over these very characters (RFC 8555 6.4). Throws AcmeError. */
  check(value: unknown, what: string): string;
}

const maxLength = 2048;

/** Which URLs are gone to: https ones. Those of an authority on this machine that is reached by http may be http here too. */
export function createUrlRule(directory: string): UrlRule {
  const url = parse(directory);
  if (url === null || !(url.protocol === 'https:' || isLoopbackHttp(url)))
    throw new AcmeError('the directory of an authority is an https: URL (http: on loopback only)');
  const isHttpAllowed = isLoopbackHttp(url);
  return {
    host: url.host,
    check(value, what) {
      const found = typeof value === 'string' ? parse(value) : null;
      if (found !== null && (found.protocol === 'https:' || (isHttpAllowed && isLoopbackHttp(found))))
        return value as string;
      throw new AcmeError(`${url.host} gave no usable URL for ${what}`);
    },
  };
}

function parse(text: string): URL | null {
  // The characters of RFC 3986, so that none has to be escaped by us and the text is what is asked for.
  if (text.length > maxLength || !/^https?:\/\/[\w\-.~:/?[\]@!$&'()*+,;=%]+$/.test(text)) return null;
  const url = URL.parse(text);
  return url === null || url.username !== '' || url.password !== '' ? null : url;
}

function isLoopbackHttp({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
