import { formatDateTime } from './dates.ts';
import { showEnvelope, showStructure } from './describe-entity.ts';
import { envelopeFields } from './entity.ts';
import type { FetchItem } from './fetch-items.ts';
import { changeLetters } from './flags.ts';
import { pickFields, readHeader } from './header.ts';
import type { MessageText } from './message-text.ts';
import type { Out } from './out.ts';
import { decodedSize, sendSection, UnknownEncoding, type SectionSource } from './send-section.ts';
import type { SequenceSet } from './sequence-set.ts';
import { done, somethingGone, type Answer, type Visit } from './talk.ts';
import type { Message, View } from './view.ts';

export interface Fetch {
  readonly set: SequenceSet;
  readonly items: readonly FetchItem[];
  readonly isUid: boolean;
}

/** RFC 9051 6.4.5. */
export async function fetchMessages({ out, session }: Visit, view: View, fetch: Fetch): Promise<Answer> {
  const { set, isUid } = fetch;
  // RFC 9051 6.4.9: the UID is told to who asks by UIDs.
  const isAsked = fetch.items.some(({ kind }) => kind === 'UID');
  const items: readonly FetchItem[] = isUid && !isAsked ? [{ kind: 'UID' }, ...fetch.items] : fetch.items;
  let outcome = done;
  for (const message of view.resolve(set, isUid)) {
    if (session.signal.aborted) return null;
    try {
      if (!(await fetchOne({ out, view, message, items }))) outcome = somethingGone;
    } catch (error) {
      if (!(error instanceof UnknownEncoding)) throw error;
      outcome = 'NO [UNKNOWN-CTE] A part has an encoding that nobody knows';
    }
    if (!(await out.ready())) return null;
  }
  return outcome;
}

interface One {
  readonly out: Out;
  readonly view: View;
  readonly message: Message;
  readonly items: readonly FetchItem[];
}

/** False: the message is gone, and nothing was told of it. */
async function fetchOne({ out, view, message, items }: One): Promise<boolean> {
  await using text = items.some(needsText) ? await view.openText(message) : null;
  if (text === null && items.some(needsText)) return false;
  const facts = await factsOf(view, message, items);
  if (facts === null) return false;
  const source = text === null ? null : createSource(view, message, text);
  if (source !== null) await checkEncodings(source, items);
  const isSeen = !view.isReadOnly && items.some(marksSeen) && (await markSeen(view, message));
  const told = isSeen && !items.some(({ kind }) => kind === 'FLAGS') ? [...items, { kind: 'FLAGS' } as const] : items;
  out.text(`* ${view.sequenceOf(message)} FETCH (`);
  for (const [index, item] of told.entries()) {
    if (index > 0) out.text(' ');
    const fact = item.kind === 'FLAGS' ? `FLAGS ${view.flagsOf(message)}` : facts.get(item);
    if (fact !== undefined) out.text(fact);
    else if (source !== null) await sendFromText(out, item, source);
  }
  out.text(')\r\n');
  return true;
}

/** What can be told without the text. null: the message is gone. */
async function factsOf(
  view: View,
  message: Message,
  items: readonly FetchItem[],
): Promise<ReadonlyMap<FetchItem, string> | null> {
  const facts = new Map<FetchItem, string>();
  for (const item of items) {
    if (item.kind === 'UID') facts.set(item, `UID ${message.uid}`);
    if (item.kind === 'RFC822.SIZE') {
      const size = await view.sizeOf(message);
      if (size === null) return null;
      facts.set(item, `RFC822.SIZE ${size}`);
    }
    if (item.kind === 'INTERNALDATE') {
      const time = await view.timeOf(message);
      if (time === null) return null;
      facts.set(item, `INTERNALDATE "${formatDateTime(time)}"`);
    }
  }
  return facts;
}

interface Source extends SectionSource {
  header(): Promise<Buffer>;
}

function createSource(view: View, message: Message, text: MessageText): Source {
  let header: Promise<Buffer> | undefined;
  return { text, entity: () => view.entityOf(message, text), header: () => (header ??= readHeader(text)) };
}

const envelopeNames: ReadonlySet<string> = new Set(envelopeFields);

async function sendFromText(out: Out, item: FetchItem, source: Source): Promise<void> {
  switch (item.kind) {
    case 'ENVELOPE': {
      const header = (await source.header()).toString('latin1');
      return out.text(`ENVELOPE ${showEnvelope(pickFields(header, envelopeNames))}`);
    }
    case 'BODY':
    case 'BODYSTRUCTURE':
      return out.text(`${item.kind} ${showStructure(await source.entity(), item.kind === 'BODYSTRUCTURE')}`);
    case 'size': {
      const size = await decodedSize(source, item.part);
      return out.text(`${item.label} ${size ?? 'NIL'}`);
    }
    case 'section':
    case 'binary':
      return sendSection(out, item, source);
    default:
      throw new Error(`${item.kind} needs no text`);
  }
}

/** Before anything is told of the message: afterwards it would be too late to say no. */
async function checkEncodings(source: Source, items: readonly FetchItem[]): Promise<void> {
  for (const item of items) {
    const part = item.kind === 'binary' ? item.section.part : item.kind === 'size' ? item.part : null;
    if (part !== null) await decodedSize(source, part);
  }
}

function needsText({ kind }: FetchItem): boolean {
  return !['FLAGS', 'UID', 'INTERNALDATE', 'RFC822.SIZE'].includes(kind);
}

function marksSeen(item: FetchItem): boolean {
  return (item.kind === 'section' || item.kind === 'binary') && !item.isPeek;
}

/** Whether it was not seen before. */
async function markSeen(view: View, message: Message): Promise<boolean> {
  if (message.letters.includes('S')) return false;
  const letters = await view.folder.setLetters(message.file, (before) => changeLetters(before, 'add', 'S'));
  if (letters === null) return false;
  message.letters = letters;
  return true;
}
