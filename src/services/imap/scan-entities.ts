import { isMessage, readEntityFacts, type Entity } from './entity.ts';
import type { MessageText } from './message-text.ts';

// Finds where the parts of a message are, in one pass, and without holding more of it than a line and the headers. What is
// beyond a limit stays a part of what it is in.

const maxParts = 1_000;
const maxDepth = 32;
// Of one entity, and of all together.
const maxHeaderLength = 65_536;
const maxAllHeaders = 2_097_152;
const maxLinePrefix = 16_384;
// RFC 2046 5.1.1 has 70 characters.
const maxBoundaryLength = 1_024;

const [lf, dash] = [10, 45];
const empty = Buffer.alloc(0);

/** The message, with all that is in it. */
export async function scanEntities(message: MessageText): Promise<Entity> {
  const scanner = createScanner();
  let prefix: Buffer = empty;
  let lineFrom = 0;
  let at = 0;
  for await (const chunk of message.read(0, Infinity)) {
    let start = 0;
    for (let end = chunk.indexOf(lf); end !== -1; end = chunk.indexOf(lf, start)) {
      const line = append(prefix, chunk.subarray(start, end + 1));
      start = end + 1;
      scanner.line(line, { from: lineFrom, to: at + start, isEnded: true });
      [prefix, lineFrom] = [empty, at + start];
    }
    prefix = append(prefix, chunk.subarray(start));
    at += chunk.length;
  }
  if (at > lineFrom) scanner.line(prefix, { from: lineFrom, to: at, isEnded: false });
  return scanner.end(at);
}

/** Of a line that is too long its beginning. */
function append(prefix: Buffer, more: Buffer): Buffer {
  if (prefix.length === 0) return more;
  return prefix.length > maxLinePrefix ? prefix : Buffer.concat([prefix, more]);
}

interface Scanner {
  /** With its ending, or the beginning of one that is too long. */
  line(line: Buffer, place: LinePlace): void;
  end(at: number): Entity;
}

interface LinePlace {
  readonly from: number;
  readonly to: number;
  readonly isEnded: boolean;
}

/** What is open, the outermost first. */
interface Open {
  readonly entity: Entity;
  /** Lines of the message before its body. */
  lineOfBody: number;
  readonly isDigestPart: boolean;
  header: string[] | null;
  headerLength: number;
  /** null: it has no parts, or no more. */
  boundary: string | null;
}

function createScanner(): Scanner {
  const stack: Open[] = [];
  let lineCount = 0;
  let partCount = 0;
  let headersLength = 0;
  const root = open(0, false);

  return {
    line(line, { from, to, isEnded }) {
      const text = line[0] === dash && line[1] === dash ? line.toString('latin1').trimEnd() : null;
      const isSeparator = text !== null && text.length <= maxBoundaryLength && separate(text, from, to);
      if (!isSeparator) take(line, to);
      if (isEnded) lineCount += 1;
    },
    end(at) {
      close(0, at, lineCount, at);
      return root;
    },
  };

  function open(at: number, isDigestPart: boolean): Entity {
    const facts = readEntityFacts('', isDigestPart);
    const entity = { headerFrom: at, bodyFrom: at, bodyTo: at, lines: 0, facts, children: [], message: null };
    stack.push({ entity, lineOfBody: 0, isDigestPart, header: [], headerLength: 0, boundary: null });
    return entity;
  }

  /** All from this one on. Headers that have not ended end here as well. */
  function close(from: number, at: number, line: number, headerEnd: number): void {
    for (const each of stack.splice(from).toReversed()) {
      if (each.header !== null) endHeader(each, headerEnd, line);
      each.entity.bodyTo = Math.max(at, each.entity.bodyFrom);
      each.entity.lines = Math.max(line - each.lineOfBody, 0);
    }
  }

  /** Whether the line separates parts, and then what follows from that. */
  function separate(text: string, from: number, to: number): boolean {
    const index = stack.findLastIndex(
      ({ boundary }) =>
        boundary !== null && text.startsWith(`--${boundary}`) && /^(?:--)?$/.test(text.slice(boundary.length + 2)),
    );
    const parent = stack[index];
    if (parent?.boundary == null) return false;
    const isLast = text.length === parent.boundary.length + 4;
    if (!isLast && partCount >= maxParts) return false;
    // RFC 2046 5.1.1: the end of the line before belongs to the boundary.
    close(index + 1, from - 2, lineCount - 1, from);
    if (isLast) parent.boundary = null;
    else {
      partCount += 1;
      parent.entity.children.push(open(to, parent.entity.facts.subtype === 'digest'));
    }
    return true;
  }

  function take(line: Buffer, to: number): void {
    const last = stack.at(-1);
    if (last === undefined || last.header === null) return;
    if (line.length <= 2 && line.toString('latin1').trim() === '') {
      endHeader(last, to, lineCount + 1);
      if (last.entity.message === null && last.boundary === null && isMessage(last.entity.facts)) {
        if (stack.length < maxDepth) last.entity.message = open(to, false);
      }
      return;
    }
    const room = Math.min(maxHeaderLength - last.headerLength, maxAllHeaders - headersLength);
    const text = line.toString('latin1').slice(0, Math.max(room, 0));
    last.header.push(text);
    last.headerLength += text.length;
    headersLength += text.length;
  }

  function endHeader(each: Open, bodyFrom: number, line: number): void {
    const { entity, header, isDigestPart } = each;
    entity.facts = readEntityFacts((header ?? []).join(''), isDigestPart);
    entity.bodyFrom = bodyFrom;
    each.header = null;
    each.lineOfBody = line;
    if (stack.length < maxDepth) each.boundary = entity.facts.boundary;
  }
}
