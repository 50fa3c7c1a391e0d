import { nstring } from './nstring.ts';

// Addresses of a header field (RFC 5322 3.4, the obsolete forms of 4.4 among them) as an ENVELOPE has them.

/** RFC 9051 7.5.2: `host` null begins a group, or ends it, where `mailbox` is null too. */
export interface Address {
  readonly name: string | null;
  readonly route: string | null;
  readonly mailbox: string | null;
  readonly host: string | null;
}

const maxLength = 65_536;
const maxAddresses = 1_000;

export function showAddresses(text: string | undefined): string {
  const addresses = text === undefined ? [] : parseAddresses(text);
  if (addresses.length === 0) return 'NIL';
  const shown = addresses.map(({ name, route, mailbox, host }) => [name, route, mailbox, host].map(nstring).join(' '));
  return `(${shown.map((each) => `(${each})`).join('')})`;
}

export function parseAddresses(text: string): Address[] {
  const found: Address[] = [];
  let tokens: Token[] = [];
  let isGroup = false;
  const finish = (): void => {
    const address = readAddress(tokens);
    tokens = [];
    if (address !== null) found.push(address);
  };
  let isInAngle = false;
  for (const token of tokensOf(text.slice(0, maxLength))) {
    if (found.length >= maxAddresses) break;
    const mark = token.kind === 'special' ? token.text : '';
    if (mark === '<') isInAngle = true;
    if (mark === '>') isInAngle = false;
    if (mark === ':' && !isInAngle && !isGroup) {
      const name = phraseOf(tokens);
      [tokens, isGroup] = [[], true];
      found.push({ name: null, route: null, mailbox: name ?? '', host: null });
    } else if (mark === ';' && isGroup) {
      finish();
      isGroup = false;
      found.push(endOfGroup);
    } else if ((mark === ',' || mark === ';') && !isInAngle) finish();
    else tokens.push(token);
  }
  finish();
  return isGroup ? [...found, endOfGroup] : found;
}

const endOfGroup: Address = { name: null, route: null, mailbox: null, host: null };

interface Token {
  readonly kind: 'word' | 'comment' | 'special';
  readonly text: string;
}

function* tokensOf(text: string): Generator<Token, void, void> {
  const pattern = /"((?:[^"\\]|\\.)*)"?|(\[[^\]]*\]?)|([^\s"(),.:;<>@[\]\\]+)|(\()|([,.:;<>@])/gsy;
  for (let at = 0; at < text.length;) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) {
      at += 1;
      continue;
    }
    const [whole, quotedText, literal, atom, parenthesis, special] = match;
    at = pattern.lastIndex;
    if (parenthesis !== undefined) {
      const end = endOfComment(text, at);
      yield { kind: 'comment', text: unescape(text.slice(at, end)).trim() };
      at = end + 1;
    } else if (special !== undefined) yield { kind: 'special', text: special };
    else yield { kind: 'word', text: quotedText === undefined ? (literal ?? atom ?? whole) : unescape(quotedText) };
  }
}

function endOfComment(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '(') depth += 1;
    else if (character === ')' && (depth -= 1) === 0) return at;
  }
  return text.length;
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/gs, '$1');
}

function readAddress(tokens: readonly Token[]): Address | null {
  const open = tokens.findIndex(({ kind, text }) => kind === 'special' && text === '<');
  if (open === -1) {
    const { mailbox, host } = readSpec(tokens);
    const comment = tokens.findLast(({ kind }) => kind === 'comment');
    return mailbox === '' && host === '' ? null : { name: comment?.text ?? null, route: null, mailbox, host };
  }
  const close = tokens.findIndex(({ kind, text }) => kind === 'special' && text === '>');
  const inside = tokens.slice(open + 1, close === -1 ? undefined : close);
  const colon = inside.findLastIndex(({ kind, text }) => kind === 'special' && text === ':');
  const route = colon === -1 ? null : textOf(inside.slice(0, colon));
  return { name: phraseOf(tokens.slice(0, open)), route, ...readSpec(inside.slice(colon + 1)) };
}

/** Without "@" there is no host, which a group alone may lack: it is empty. */
function readSpec(tokens: readonly Token[]): { readonly mailbox: string; readonly host: string } {
  const at = tokens.findLastIndex(({ kind, text }) => kind === 'special' && text === '@');
  if (at === -1) return { mailbox: phraseOf(tokens.filter(({ kind }) => kind !== 'comment')) ?? '', host: '' };
  return { mailbox: textOf(tokens.slice(0, at)), host: textOf(tokens.slice(at + 1)) };
}

function textOf(tokens: readonly Token[]): string {
  return tokens.flatMap(({ kind, text }) => (kind === 'comment' ? [] : [text])).join('');
}

/** Words with a space between; a dot stands where it stood (RFC 5322 4.1). null: there are none. */
function phraseOf(tokens: readonly Token[]): string | null {
  let phrase = '';
  for (const { kind, text } of tokens) {
    if (kind === 'comment') continue;
    phrase += kind === 'special' || phrase === '' ? text : ` ${text}`;
  }
  return phrase === '' ? null : phrase;
}
