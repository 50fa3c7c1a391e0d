import { itemKind } from './item.ts';

/** What happened while one fault was injected. */
export interface Chapter {
  readonly fault: string;
  /** Whether sessions of this traffic may be lost by it. */
  readonly mayCost: (traffic: string) => boolean;
  times: number;
  sessions: number;
  refused: number;
  putOff: number;
  /** Sessions that ended before they were over, by the name of their traffic. */
  readonly lost: Map<string, number>;
  /** Ids of items that were acknowledged. */
  readonly acknowledged: string[];
  /** What was promised otherwise. */
  readonly broken: string[];
  /** Worth knowing, but no broken promise. */
  readonly notes: string[];
}

export interface Ledger {
  readonly chapters: readonly Chapter[];
  /** The one that is being written. */
  readonly now: Chapter;
  begin(fault: string, mayCost?: Chapter['mayCost']): Chapter;
  /**
   * Where a session is counted that was lost since a chapter: over UDP nobody hears that a worker is gone, so that it is noticed late, when
   * another fault is injected already.
   */
  losingSince(chapter: Chapter, traffic: string): Chapter;
  /** An item that has no acknowledgement yet. */
  nextItem(kind: string): string;
  /** Items that somebody fetched from a mailbox, and will find nowhere else. */
  readonly fetched: Set<string>;
}

export function createLedger(): Ledger {
  const chapters: Chapter[] = [createChapter('warm-up', () => false)];
  let items = 0;
  return {
    chapters,
    get now() {
      return chapters.at(-1) as Chapter;
    },
    begin(fault, mayCost = () => false) {
      const chapter = createChapter(fault, mayCost);
      chapters.push(chapter);
      return chapter;
    },
    losingSince(first, traffic) {
      const since = chapters.slice(chapters.indexOf(first));
      return since.findLast((chapter) => chapter.mayCost(traffic)) ?? (chapters.at(-1) as Chapter);
    },
    nextItem: (kind) => itemKind(kind, (items += 1)),
    fetched: new Set(),
  };
}

function createChapter(fault: string, mayCost: Chapter['mayCost']): Chapter {
  return {
    fault,
    mayCost,
    times: 0,
    sessions: 0,
    refused: 0,
    putOff: 0,
    lost: new Map(),
    acknowledged: [],
    broken: [],
    notes: [],
  };
}

const mostNotes = 8;

/** The same words once, and not too many. */
export function remark(list: string[], text: string): void {
  if (list.length < mostNotes && !list.includes(text)) list.push(text);
}
