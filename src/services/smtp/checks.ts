import { TemporaryError } from '../../contract/errors.ts';
import type { MailField } from '../../wire/mail-header.ts';
import type { CheckName } from './options.ts';

// SPF, DKIM and DMARC by mailauth, a package that need not be installed.

export interface MailChecks {
  /** A message is checked as a whole: makes room in memory for one. */
  hold(): Held;
  /** The Authentication-Results field (RFC 8601) of a message. */
  linesFor(message: readonly Uint8Array[], sender: Sender): Promise<string>;
  /** A field that says it is ours (RFC 8601 5). */
  isForged(field: MailField): boolean;
}

/** The room of one message. */
export interface Held extends Disposable {
  /** Throws a TemporaryError when there are too many of them. */
  grow(bytes: number): void;
}

export interface Sender {
  readonly address: string;
  readonly helo: string;
  readonly from: string;
}

export interface MailChecksOptions {
  readonly names: readonly CheckName[];
  readonly hostname: string;
  readonly authenticate: Authenticate;
}

/** mailauth's, as far as it is used. */
export type Authenticate = (message: Buffer, options: Readonly<Record<string, unknown>>) => Promise<AuthenticateResult>;

interface Result {
  readonly info?: string;
}

interface AuthenticateResult {
  readonly spf?: Result | false;
  readonly dkim?: { readonly results?: readonly Result[] };
  readonly dmarc?: Result | false;
}

const packageName: string = 'mailauth';
const timeoutMs = 10_000;
// Of all messages that are on their way in.
const maxHeldBytes = 128 * 1024 ** 2;

/** null when the package is there; else a sentence. */
export function flawOfChecks(names: readonly CheckName[]): string | null {
  if (names.length === 0) return null;
  try {
    import.meta.resolve(packageName);
    return null;
  } catch {
    return `expected the package ${packageName} to be installed for this: npm install ${packageName}`;
  }
}

let loading: Promise<{ readonly authenticate: Authenticate }> | undefined;

export async function loadAuthenticate(): Promise<Authenticate> {
  loading ??= import(packageName) as Promise<{ readonly authenticate: Authenticate }>;
  return (await loading).authenticate;
}

export function createMailChecks({ names, hostname, authenticate }: MailChecksOptions): MailChecks {
  const wanted = new Set(names);
  let held = 0;
  return {
    hold() {
      let own = 0;
      return {
        grow(bytes) {
          own += bytes;
          held += bytes;
          if (held > maxHeldBytes) throw new TemporaryError('too many messages are being checked');
        },
        [Symbol.dispose]() {
          held -= own;
          own = 0;
        },
      };
    },
    async linesFor(message, { address, helo, from }) {
      const whole = Buffer.concat(message);
      const options = {
        ip: address,
        helo,
        sender: from,
        mta: hostname,
        trustReceived: false,
        disableArc: true,
        disableBimi: true,
      };
      const found = await inTime(authenticate(whole, options)).catch(() => null);
      const results = found === null ? names.map((name) => `${name}=temperror`) : resultsOf(found);
      return `Authentication-Results: ${[hostname, ...results].map(safe).join(';\r\n\t')}\r\n`;
    },
    isForged({ name, text }) {
      if (name !== 'authentication-results') return false;
      const [, id] = /^[^:]*:\s*"?([^\s;"]+)/.exec(text) ?? [];
      return id?.toLowerCase() === hostname.toLowerCase();
    },
  };

  function resultsOf({ spf, dkim, dmarc }: AuthenticateResult): string[] {
    const infos: Readonly<Record<CheckName, readonly (Result | false | undefined)[]>> = {
      spf: [spf],
      dkim: dkim?.results ?? [],
      dmarc: [dmarc],
    };
    return [...wanted].flatMap((name) => {
      const said = infos[name].flatMap((result) => (result ? (result.info ?? []) : [])).slice(0, maxResults);
      return said.length > 0 ? said : [`${name}=none`];
    });
  }
}

const maxResults = 10;
const maxResultLength = 900;

/** What peers have written is in there: it must not end one result and begin another, nor hide the next. */
function safe(text: string): string {
  const bounded = text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/[;\\]/g, '?')
    .slice(0, maxResultLength);
  return isClosed(bounded) ? bounded : bounded.replace(/[()"]/g, '?');
}

/** Every comment and every quoted string (RFC 5322 3.2) that begins in it ends in it. */
function isClosed(text: string): boolean {
  let depth = 0;
  let isQuoted = false;
  for (const character of text) {
    if (character === '"' && depth === 0) isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0 && !isQuoted;
}

function inTime<T>(task: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('the checks take too long')), timeoutMs);
  return Promise.race([task, promise]).finally(() => clearTimeout(timer));
}
