/** systemd.syntax(7): a unit file as sections of settings. Pure. */

export interface Setting {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

export interface UnitText {
  readonly settings: readonly Setting[];
  readonly wrong: readonly { readonly file: string; readonly line: number; readonly text: string }[];
}

export function parseUnit(text: string, file: string): UnitText {
  const settings: Setting[] = [];
  const wrong: { file: string; line: number; text: string }[] = [];
  let section = '';
  for (const { line, text: whole } of joinLines(text)) {
    const head = /^\[([^\]]+)\]$/.exec(whole);
    const [, key, value] = /^([^=\s][^=]*?)\s*=\s*(.*)$/s.exec(whole) ?? [];
    if (head !== null) section = head[1] ?? '';
    else if (key === undefined || value === undefined) wrong.push({ file, line, text: whole });
    else settings.push({ section, key, value, file, line });
  }
  return { settings, wrong };
}

/** A backslash at its end joins a line with the next; comments between them are passed over. */
function joinLines(text: string): { line: number; text: string }[] {
  const joined: { line: number; text: string }[] = [];
  let open: { line: number; text: string } | null = null;
  for (const [index, each] of text.split(/\r?\n/).entries()) {
    if (/^\s*[#;]/.test(each)) continue;
    const isContinued = each.endsWith('\\');
    const part = isContinued ? `${each.slice(0, -1)} ` : each;
    const current: { line: number; text: string } =
      open === null ? { line: index + 1, text: part } : { line: open.line, text: open.text + part };
    open = isContinued ? current : null;
    if (open === null) joined.push({ line: current.line, text: current.text.trim() });
  }
  if (open !== null) joined.push({ line: open.line, text: open.text.trim() });
  return joined.filter((each) => each.text !== '');
}

export interface Unit {
  /** All values of a setting; an empty one takes back those before it. */
  all(section: string, key: string): readonly Setting[];
  /** The last value. */
  last(section: string, key: string): string | null;
  isYes(section: string, key: string): boolean;
  /** Keys of a section, each once. */
  keys(section: string): readonly string[];
}

/** Settings of a unit and of its drop-ins, in their order. */
export function createUnit(settings: readonly Setting[]): Unit {
  const all = (section: string, key: string): readonly Setting[] => {
    const own = settings.filter((setting) => setting.section === section && setting.key === key);
    return own.slice(own.findLastIndex(({ value }) => value === '') + 1);
  };
  const last = (section: string, key: string): string | null => all(section, key).at(-1)?.value ?? null;
  return {
    all,
    last,
    isYes: (section, key) => /^(?:1|yes|y|true|t|on)$/i.test(last(section, key) ?? ''),
    keys: (section) => [...new Set(settings.filter((setting) => setting.section === section).map(({ key }) => key))],
  };
}
