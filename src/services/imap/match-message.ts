import { dayOfMailDate, dayOfTime, type Day } from './dates.ts';
import { readHeader } from './header.ts';
import type { MessageText } from './message-text.ts';
import type { SearchKey } from './search-keys.ts';
import { bodyHas, foldCase, headerText } from './search-text.ts';
import type { Range } from './sequence-set.ts';
import type { Message, View } from './view.ts';

/** A search with its sets made ready. */
export interface Matcher {
  /** A message that is gone matches nothing that has to be read. */
  matches(message: Message): Promise<boolean>;
}

/** `rangesOf`: the ranges of a set in ascending order. */
export function createMatcher(
  view: View,
  key: SearchKey,
  rangesOf: (set: Extract<SearchKey, { key: 'numbers' | 'uids' }>) => readonly Range[],
): Matcher {
  const sets = new Map<SearchKey, readonly Range[]>();
  return {
    async matches(message) {
      await using reading = createReading(view, message);
      return await test(key, message, reading);
    },
  };

  async function test(what: SearchKey, message: Message, reading: Reading): Promise<boolean> {
    switch (what.key) {
      case 'all':
        return true;
      case 'none':
        return false;
      case 'recent':
        return message.isRecent;
      case 'new':
        return message.isRecent && !message.letters.includes('S');
      case 'old':
        return !message.isRecent;
      case 'flag':
        return message.letters.includes(what.letter);
      case 'not':
        return !(await test(what.of, message, reading));
      case 'and':
        for (const each of cheapestFirst(what.all)) if (!(await test(each, message, reading))) return false;
        return true;
      case 'or':
        for (const each of cheapestFirst(what.either)) if (await test(each, message, reading)) return true;
        return false;
      case 'numbers':
      case 'uids': {
        const ranges = sets.get(what) ?? rangesOf(what);
        sets.set(what, ranges);
        return isIn(ranges, what.key === 'uids' || what.set === '$' ? message.uid : view.sequenceOf(message));
      }
      default:
        return testContent(what, message, reading);
    }
  }

  async function testContent(what: SearchKey, message: Message, reading: Reading): Promise<boolean> {
    switch (what.key) {
      case 'larger':
      case 'smaller': {
        const size = await view.sizeOf(message);
        return size !== null && (what.key === 'larger' ? size > what.bytes : size < what.bytes);
      }
      case 'before':
      case 'on':
      case 'since': {
        const time = await view.timeOf(message);
        return time !== null && compareDays(what.key, dayOfTime(time), what.day);
      }
      case 'sentbefore':
      case 'senton':
      case 'sentsince': {
        const [date = ''] = headerText(await reading.header(), 'date');
        const day = dayOfMailDate(date);
        return day !== null && compareDays(what.key.slice(4), day, what.day);
      }
      case 'header': {
        const text = foldCase(what.text);
        return headerText(await reading.header(), what.field).some((value) => value.includes(text));
      }
      case 'body':
        return reading.bodyHas(foldCase(what.text));
      case 'text': {
        const text = foldCase(what.text);
        const isInHeader = headerText(await reading.header(), null).some((field) => field.includes(text));
        return isInHeader || reading.bodyHas(text);
      }
      default:
        return false;
    }
  }
}

/** What is read of a message, once. */
interface Reading extends AsyncDisposable {
  header(): Promise<Buffer>;
  bodyHas(text: string): Promise<boolean>;
}

function createReading(view: View, message: Message): Reading {
  let opened: Promise<MessageText | null> | undefined;
  let header: Promise<Buffer> | undefined;
  const open = (): Promise<MessageText | null> => (opened ??= view.openText(message));
  return {
    header: () => (header ??= open().then((text) => (text === null ? Buffer.alloc(0) : readHeader(text)))),
    async bodyHas(wanted) {
      const text = await open();
      return text !== null && bodyHas(await view.entityOf(message, text), text, wanted);
    },
    async [Symbol.asyncDispose]() {
      await (await opened)?.[Symbol.asyncDispose]();
    },
  };
}

function compareDays(how: string, day: Day, wanted: Day): boolean {
  if (how === 'on') return day === wanted;
  return how === 'before' ? day < wanted : day >= wanted;
}

const costs: Readonly<Partial<Record<SearchKey['key'], number>>> = {
  larger: 1,
  smaller: 1,
  before: 1,
  on: 1,
  since: 1,
  header: 2,
  sentbefore: 2,
  senton: 2,
  sentsince: 2,
  body: 3,
  text: 3,
};

function cheapestFirst(keys: readonly SearchKey[]): readonly SearchKey[] {
  return keys.length === 1 ? keys : keys.toSorted((a, b) => costOf(a) - costOf(b));
}

function costOf(key: SearchKey): number {
  if (key.key === 'not') return costOf(key.of);
  if (key.key === 'and' || key.key === 'or') return 3;
  return costs[key.key] ?? 0;
}

function isIn(ranges: readonly Range[], number: number): boolean {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.to ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return (ranges[low]?.from ?? Infinity) <= number;
}
