import { parseService, type Entry, type Line } from './grammar.ts';

/** NetBSD's other form: "service on|off key = value …, key = …;" over as many lines as it takes. Pure. */
export function parseKeyValue(text: string): Line {
  const tokens = tokenize(text);
  if (tokens === null) return { kind: 'wrong', reason: 'expected the end of a quoted text' };
  const [service = '', state = '', ...rest] = tokens.map(({ text }) => text);
  const values = new Map<string, readonly string[]>();
  for (const part of splitAt(tokens.slice(2, 2 + rest.length))) {
    const [key, equals, ...words] = part;
    if (key === undefined) continue;
    if (equals?.text !== '=' || !keys.includes(key.text)) {
      return { kind: 'wrong', reason: `expected a key such as "exec =", got ${JSON.stringify(key.text)}` };
    }
    values.set(
      key.text,
      words.map((word) => word.text),
    );
  }
  return entryOf(service, state, values);
}

const keys =
  'bind socktype accept_max acceptfilter protocol sndbuf recvbuf wait service_max ip_max user group exec args ipsec'.split(
    ' ',
  );

/** Whether a line begins such an entry. */
export function beginsKeyValue(line: string): boolean {
  return /^[^\s#]\S*\s+(?:on|off)(?:\s|;|$)/.test(line);
}

/** Whether the text has its final semicolon. */
export function endsKeyValue(text: string): boolean {
  const tokens = tokenize(text);
  return tokens?.at(-1)?.isEnd === true;
}

interface Token {
  readonly text: string;
  readonly isSeparator: boolean;
  readonly isEnd: boolean;
}

/** null: a quote is not closed. */
function tokenize(text: string): Token[] | null {
  const tokens: Token[] = [];
  const pattern = /\s+|(?<=^|\s)#[^\n]*|([,;=])|((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|[^\s,;="'\\])+)|(["'\\])/gs;
  for (const [, mark, word, stray] of text.matchAll(pattern)) {
    if (stray !== undefined) return null;
    if (mark !== undefined) tokens.push({ text: mark, isSeparator: mark !== '=', isEnd: mark === ';' });
    if (word !== undefined) tokens.push({ text: unquote(word), isSeparator: false, isEnd: false });
    if (mark === ';') break;
  }
  return tokens;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function unquote(word: string): string {
  const parts = /"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|((?:\\.|[^"'\\])+)/gs;
  return [...word.matchAll(parts)].map(([, double, single, bare]) => unescape(double ?? single ?? bare ?? '')).join('');
}

function unescape(text: string): string {
  return text.replaceAll(
    /\\x([0-9a-fA-F]{2})|\\(.)/gs,
    (_whole, hex: string | undefined, letter: string | undefined) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      return escapes[letter ?? ''] ?? letter ?? '';
    },
  );
}

function splitAt(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.isSeparator) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

function entryOf(service: string, state: string, values: ReadonlyMap<string, readonly string[]>): Line {
  const first = (key: string): string => values.get(key)?.[0] ?? '';
  const number = (key: string): number | null => (/^[1-9]\d{0,5}$/.test(first(key)) ? Number(first(key)) : null);
  const tuning = ['accept_max', 'acceptfilter', 'sndbuf', 'recvbuf', 'ipsec'].filter((key) => values.has(key));
  const { hosts, ...named } = parseService(service);
  const program = values.has('exec') ? first('exec') : 'internal';
  if (first('socktype') === '') return { kind: 'wrong', reason: 'expected "socktype = stream" or another one' };
  const entry: Entry = {
    ...named,
    hosts: values.get('bind') ?? hosts,
    socketType: first('socktype'),
    protocol: first('protocol') === '' ? (first('socktype') === 'stream' ? 'tcp' : 'udp') : first('protocol'),
    tuning,
    wait: first('wait') === 'yes',
    startsPerMinute: number('service_max'),
    maxChildren: null,
    perSourcePerMinute: number('ip_max'),
    maxPerSource: null,
    user: [first('user'), ...(values.has('group') ? [first('group')] : [])].join(':'),
    program,
    argv: values.get('args') ?? [],
    isOff: state === 'off',
  };
  return { kind: 'entry', entry };
}
