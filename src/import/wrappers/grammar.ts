/** hosts_access(5) and hosts_options(5): the rules of hosts.allow and hosts.deny. Pure. */

export interface HostsRule {
  readonly file: string;
  readonly line: number;
  readonly daemons: List;
  readonly peers: List;
  readonly isAllowed: boolean;
  /** What else the rule would have done: "spawn", "twist", … */
  readonly extras: readonly string[];
}

/** A list, without those of the list after its EXCEPT. */
export interface List {
  readonly members: readonly string[];
  readonly except: List | null;
}

export interface HostsFile {
  readonly rules: readonly HostsRule[];
  readonly wrong: readonly { readonly line: number; readonly text: string }[];
}

/** `isAllowed`: what the file's rules mean when they do not say it themselves. */
export function parseHosts(text: string, file: string, isAllowed: boolean): HostsFile {
  const rules: HostsRule[] = [];
  const wrong: { line: number; text: string }[] = [];
  for (const { line, text: rule } of joinLines(text)) {
    // Colons in brackets belong to IPv6 addresses, and "\:" is one in a command.
    const [daemons = '', peers, ...options] = rule.split(/(?<!\\):(?![^[\]]*\])/).map((part) => part.trim());
    if (daemons === '' || peers === undefined || peers === '') {
      wrong.push({ line, text: rule });
      continue;
    }
    const verdict = options
      .map((option) => option.toLowerCase())
      .find((option) => option === 'allow' || option === 'deny');
    rules.push({
      file,
      line,
      daemons: parseList(daemons),
      peers: parseList(peers),
      isAllowed: verdict === undefined ? isAllowed : verdict === 'allow',
      extras: options.filter((option) => option !== '' && !/^(?:allow|deny)$/i.test(option)).map(nameOfOption),
    });
  }
  return { rules, wrong };
}

/** A backslash at its end joins a line with the next; "#" begins a comment only at the beginning of one. */
function joinLines(text: string): { line: number; text: string }[] {
  const joined: { line: number; text: string }[] = [];
  let open: { line: number; text: string } | null = null;
  for (const [index, each] of text.split(/\r?\n/).entries()) {
    const isContinued = each.endsWith('\\');
    const part = isContinued ? each.slice(0, -1) : each;
    const current: { line: number; text: string } =
      open === null ? { line: index + 1, text: part } : { line: open.line, text: open.text + part };
    open = isContinued ? current : null;
    if (open === null) joined.push(current);
  }
  if (open !== null) joined.push(open);
  return joined.filter((each) => each.text.trim() !== '' && !each.text.trimStart().startsWith('#'));
}

function parseList(text: string): List {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  return split(words);
}

/** "a EXCEPT b EXCEPT c" is a EXCEPT (b EXCEPT c). */
function split(words: readonly string[]): List {
  const at = words.findIndex((word) => word.toUpperCase() === 'EXCEPT');
  return at === -1
    ? { members: words, except: null }
    : { members: words.slice(0, at), except: split(words.slice(at + 1)) };
}

/** Old rules have a shell command in the third place, without a word before it. */
function nameOfOption(option: string): string {
  const word = /^[A-Za-z]+/.exec(option)?.[0]?.toLowerCase() ?? '';
  return knownOptions.includes(word) ? word : 'a shell command';
}

const knownOptions = [
  'severity',
  'spawn',
  'twist',
  'keepalive',
  'linger',
  'rfc931',
  'banners',
  'nice',
  'setenv',
  'umask',
  'user',
  'aclexec',
];
