import type { Fault } from './fault.ts';
import type { Chapter, Ledger } from './ledger.ts';
import { readArrivals, standsInTree } from './receivers.ts';
import { renderTable, sum, type Row } from './table.ts';

export interface Report {
  readonly text: string;
  readonly isKept: boolean;
}

/** Compares what was acknowledged with what has arrived, and says what was promised otherwise. */
export function writeReport(folder: string, ledger: Ledger, complaints: readonly string[]): Report {
  const { counts, torn } = readArrivals(folder);
  const missing: string[] = [];
  const rows = ledger.chapters.map((chapter): Row => {
    const gone = chapter.acknowledged.filter(
      (id) => !(counts.has(id) || ledger.fetched.has(id)) || !standsInTree(folder, id),
    );
    missing.push(...gone);
    const repeated = chapter.acknowledged.filter((id) => (counts.get(id) ?? 0) > 1).length;
    return { chapter, missing: gone.length, repeated };
  });
  const broken = ledger.chapters.flatMap(({ fault, broken }) => broken.map((text) => `${fault}: ${text}`));
  if (missing.length > 0) broken.push(`acknowledged, but not there: ${missing.slice(0, 10).join(', ')}`);
  if (torn.length > 0) broken.push(`not whole: ${torn.slice(0, 10).join(', ')}`);
  const notes = ledger.chapters.flatMap(({ fault, notes }) => notes.map((text) => `${fault}: ${text}`));
  const list = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
  const text = [
    renderTable(rows),
    list('Worth knowing', notes),
    list('What the daemon complained of', summarize(complaints)),
    list('Broken promises', broken),
    broken.length === 0 ? '\nAll promises were kept.\n' : '\nNOT all promises were kept.\n',
  ].join('');
  return { text, isKept: broken.length === 0 };
}

/** What a fault may cost, and what it did. */
export function judge(chapter: Chapter, fault: Fault): void {
  for (const [name, lost] of chapter.lost)
    if (!chapter.mayCost(name)) chapter.broken.push(`${lost} sessions of ${name} were lost`);
  if (chapter.putOff > 0 && fault.mayPutOff !== true) chapter.broken.push(`peers were put off ${chapter.putOff} times`);
  if (sum([...chapter.lost.values()]) > 0 && chapter.times === 0) chapter.broken.push('sessions were lost by nothing');
}

const mostComplaints = 12;

/** Lines of the log, each kind once with how often it came. */
function summarize(complaints: readonly string[]): string[] {
  const kinds = new Map<string, { times: number; first: string }>();
  for (const line of complaints) {
    const { kind, text } = describe(line);
    // What `broken` is there for.
    if (kind === 'config.rejected') continue;
    const known = kinds.get(kind) ?? { times: 0, first: text };
    known.times += 1;
    kinds.set(kind, known);
  }
  return [...kinds.values()]
    .slice(0, mostComplaints)
    .map(({ times, first }) => `${times} times: ${first.slice(0, 300)}`);
}

function describe(line: string): { readonly kind: string; readonly text: string } {
  try {
    const { event, service, message, error, reason } = JSON.parse(line) as Readonly<Record<string, string | undefined>>;
    const kind = event ?? `${service}: ${message}`;
    return { kind, text: [event, service, message, error ?? reason].filter((word) => word !== undefined).join(': ') };
  } catch {
    return { kind: line.slice(0, 60), text: line };
  }
}
