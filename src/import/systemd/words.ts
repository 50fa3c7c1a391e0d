/** systemd.service(5), "Command lines": quotes, escapes, variables and specifiers. Pure. */

export interface Words {
  readonly words: readonly string[];
  /** What could not be replaced: "%i", "$NAME". */
  readonly unknown: readonly string[];
}

/** null: a quote is not closed. */
export function splitWords(text: string): string[] | null {
  const words: string[] = [];
  const pattern = /\s+|((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|[^\s"'\\])+)|(["'\\])/gs;
  for (const [, word, stray] of text.matchAll(pattern)) {
    if (stray !== undefined) return null;
    if (word !== undefined) words.push(unquote(word));
  }
  return words;
}

/** Puts variables and "%%" in their place. A word that is a variable alone becomes as many words as it has. */
export function expandWords(words: readonly string[], variables: Readonly<Record<string, string>>): Words {
  const unknown: string[] = [];
  const valueOf = (name: string): string => {
    if (Object.hasOwn(variables, name)) return variables[name] ?? '';
    unknown.push(`$${name}`);
    return '';
  };
  const expanded = words.flatMap((word) => {
    const alone = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(word);
    if (alone !== null)
      return valueOf(alone[1] ?? '')
        .split(/\s+/)
        .filter((part) => part !== '');
    return [
      word.replaceAll(/\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string | undefined) =>
        name === undefined ? whole.slice(1) : valueOf(name),
      ),
    ];
  });
  const plain = expanded.map((word) =>
    word.replaceAll(/%(.)/gs, (whole, letter: string) => {
      if (letter !== '%') unknown.push(whole);
      return letter === '%' ? '%' : whole;
    }),
  );
  return { words: plain, unknown: [...new Set(unknown)] };
}

/** `Environment=` and `PassEnvironment=` values: "A=b" "C=d e". */
export function readVariables(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.flatMap((word): [string, string][] => {
      const at = word.indexOf('=');
      return at > 0 ? [[word.slice(0, at), word.slice(at + 1)]] : [];
    }),
  );
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
};

function unquote(word: string): string {
  const parts = /"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|((?:\\.|[^"'\\])+)/gs;
  return [...word.matchAll(parts)].map(([, double, single, bare]) => unescape(double ?? single ?? bare ?? '')).join('');
}

function unescape(text: string): string {
  return text.replaceAll(
    /\\x([0-9a-fA-F]{2})|\\([0-7]{3})|\\(.)/gs,
    (_whole, hex?: string, octal?: string, letter?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return escapes[letter ?? ''] ?? letter ?? '';
    },
  );
}
