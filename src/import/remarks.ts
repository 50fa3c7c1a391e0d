import { isDraft, type Imported, type Remark } from './draft.ts';

/**
 * All that is not as it was, in the order of the entries: what goes to standard error. What is said of several services is said once,
 * where the first of them is.
 */
export function collectRemarks({ entries, remarks }: Pick<Imported, 'entries' | 'remarks'>): readonly Remark[] {
  const drafts = entries.filter(isDraft);
  const namesFor = (text: string): readonly string[] =>
    drafts.filter((draft) => draft.remarks.includes(text)).map(({ name }) => name);
  const told = new Set<string>();
  const own = entries.flatMap((entry) => {
    const { file, line } = entry.source;
    if (!isDraft(entry)) return [{ file, line, text: `not converted: ${entry.reason}` }];
    const fresh = entry.remarks.filter((text) => !told.has(text));
    for (const text of fresh) told.add(text);
    return fresh.map((text) => ({ file, line, text: `${listed(namesFor(text))}: ${text}` }));
  });
  return [...remarks, ...own];
}

const maxNames = 5;

function listed(names: readonly string[]): string {
  const more = names.length - maxNames;
  return more > 0 ? `${names.slice(0, maxNames).join(', ')} and ${more} more` : names.join(', ');
}

/** "inetd.conf:12: ftp: …" */
export function renderRemark({ file, line, text }: Remark): string {
  return `${file}:${line}: ${text}`;
}
