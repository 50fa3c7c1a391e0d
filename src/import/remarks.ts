import { isDraft, type Imported, type Remark } from './draft.ts';

/** All that is not as it was, in the order of the entries: what goes to standard error. */
export function collectRemarks({ entries, remarks }: Pick<Imported, 'entries' | 'remarks'>): readonly Remark[] {
  const own = entries.flatMap((entry) => {
    const { file, line } = entry.source;
    const texts = isDraft(entry)
      ? entry.remarks.map((text) => `${entry.name}: ${text}`)
      : [`not converted: ${entry.reason}`];
    return texts.map((text) => ({ file, line, text }));
  });
  return [...remarks, ...own];
}

/** "inetd.conf:12: ftp: …" */
export function renderRemark({ file, line, text }: Remark): string {
  return `${file}:${line}: ${text}`;
}
