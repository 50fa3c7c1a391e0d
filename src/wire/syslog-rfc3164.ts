import type { SyslogFacts } from './syslog-parse.ts';
import { findBsdTime, findEpochTime, findIsoTime, type FoundTime } from './syslog-time.ts';

// What stands behind "<PRI>" in the messages that RFC 3164 describes rather than defines, and in what devices make of it.

// Cisco: "29: ", "29: router: ", ": ", each before a time or a mnemonic.
const sequence =
  /(?:\d{1,10})?: (?:([^\s:]{1,255}): )?(?=[*.]?(?:\d{4} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) |%[A-Z])/y;
// "%SYS-5-CONFIG_I: ", "%ASA-6-302013: ", or the number behind the host of a relay: "29: %SYS-5-CONFIG_I: "
const mnemonic = /(?:\d{1,10}: |:? ?)%([A-Z][A-Z0-9_]{0,63}-(?:[A-Z0-9_]{1,64}-)?[0-7]-[A-Z0-9_]{1,64}): ?/y;
// RFC 3164 5.3; the colon is what tells a tag from a word.
const tag = /([^\s:[\]]{1,255})(?:\[([^\]\s]{1,128})\]:?|:)(?: |$)/y;
// Without a time before it, only what looks like the name of a program.
const plainTag = /([\w./-]{1,48})(?:\[(\d{1,10})\])?:(?: |$)/y;
const host = /([^ ]{1,255}) +/y;

/** Never fails: what cannot be told apart is the message. `isMarked`: a PRI stood before it. */
export function parseRfc3164(text: string, start: number, now: number, isMarked: boolean): SyslogFacts {
  const numbered = exec(sequence, text, start);
  const at = numbered === null ? start : start + numbered[0].length;
  const found = findTime(text, at, now);
  const origin = numbered?.[1] ?? null;
  if (found === null) return withoutTime(text, at, origin, isMarked);
  return behindTime(text, found, origin);
}

function findTime(text: string, start: number, now: number): FoundTime | null {
  const first = text[start];
  // Cisco: the clock is not set (*), or not in step with its source (.).
  const at = first === '*' || first === '.' ? start + 1 : start;
  return findBsdTime(text, at, now) ?? findIsoTime(text, at) ?? findEpochTime(text, at);
}

/** RFC 3164 4.3.2: all of it is the content, though its tag may be told. */
function withoutTime(text: string, at: number, origin: string | null, isMarked: boolean): SyslogFacts {
  const named = exec(mnemonic, text, at);
  if (named !== null)
    return facts(null, origin, { messageId: named[1] ?? null, message: text.slice(at + named[0].length) });
  const tagged = isMarked ? exec(plainTag, text, at) : null;
  if (tagged === null) return facts(null, origin, { message: text.slice(at) });
  return facts(null, origin, taggedParts(text, at, tagged));
}

function behindTime(text: string, { time, end }: FoundTime, origin: string | null): SyslogFacts {
  const named = exec(mnemonic, text, end);
  if (named !== null)
    return facts(time, origin, { messageId: named[1] ?? null, message: text.slice(end + named[0].length) });
  // Cisco: a colon behind the time stands where no host does.
  if (text[end] === ':') return facts(time, origin, partsOf(text, afterSpace(text, end + 1)));
  const start = afterSpace(text, end);
  // A tag where the host should be: what programs write to /dev/log.
  if (origin !== null || exec(tag, text, start) !== null) return facts(time, origin, partsOf(text, start));
  const hosted = exec(host, text, start);
  if (hosted === null) return facts(time, null, { message: text.slice(start) });
  return facts(time, hosted[1] ?? null, partsOf(text, start + hosted[0].length));
}

type Parts = Partial<Pick<SyslogFacts, 'app' | 'process' | 'messageId'>> & { readonly message: string };

function partsOf(text: string, at: number): Parts {
  const named = exec(mnemonic, text, at);
  if (named !== null) return { messageId: named[1] ?? null, message: text.slice(at + named[0].length) };
  const tagged = exec(tag, text, at);
  return tagged === null ? { message: text.slice(at) } : taggedParts(text, at, tagged);
}

function taggedParts(text: string, at: number, tagged: RegExpExecArray): Parts {
  return { app: tagged[1] ?? null, process: tagged[2] ?? null, message: text.slice(at + tagged[0].length) };
}

function facts(time: string | null, from: string | null, parts: Parts): SyslogFacts {
  const { app = null, process = null, messageId = null, message } = parts;
  return { time, host: from, app, process, messageId, structured: null, message };
}

function afterSpace(text: string, at: number): number {
  let start = at;
  while (text[start] === ' ') start += 1;
  return start;
}

function exec(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
