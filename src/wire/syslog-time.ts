// The timestamps of syslog messages, those of the RFCs and those that devices write. All become UTC in the form of RFC 3339, with
// the fraction of the second that the sender wrote.

export interface FoundTime {
  /** "2026-01-02T03:04:05.123456Z" */
  readonly time: string;
  /** Where the text goes on. */
  readonly end: number;
}

const months: Readonly<Record<string, number>> = Object.fromEntries(
  'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ').map((name, index) => [name, index]),
);

// RFC 5424 6.2.3 allows 6 digits and a "T" only; others write a space, more digits, or a comma.
const iso = /(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?(?=[\s:]|$)/y;
// RFC 3164 4.1.2 has a space before a day below 10; others a zero, nothing, a year before or after, or a fraction.
const bsd =
  /(?:(\d{4}) )?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +(\d{1,2})(?: (\d{4}))? (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?=[\s:]|$)/y;
// Seconds since 1970, as Meraki's devices write them.
const epoch = /(?:1 )?(\d{10})\.(\d{1,9})(?= )/y;

// How far the clock of a sender, or its zone, may be ahead; what is further ahead was last year.
const earlyMs = 2 * 86_400_000;

/** An ISO 8601 time; without a zone it is local. null: there is none, or no such day or hour. */
export function findIsoTime(text: string, at: number): FoundTime | null {
  iso.lastIndex = at;
  const match = iso.exec(text);
  if (match === null) return null;
  const [whole, year, month, day, hour, minute, second, fraction, zone] = match;
  const clock = checked(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  if (clock === null) return null;
  const end = at + whole.length;
  if (zone === undefined) return { time: written(asLocal(clock), fraction), end };
  const offset = zone === 'Z' ? 0 : offsetMs(zone);
  return offset === null ? null : { time: written(clock - offset, fraction), end };
}

/** "Jan  2 03:04:05" and its like, local unless a zone of `UTC` follows; the year is the last in which that was before `now`. */
export function findBsdTime(text: string, at: number, now: number): FoundTime | null {
  bsd.lastIndex = at;
  const match = bsd.exec(text);
  if (match === null) return null;
  const [whole, yearBefore, name, day, yearBehind, hour, minute, second, fraction] = match;
  const month = months[name ?? ''] ?? 0;
  const clockIn = (year: number): number | null =>
    checked(year, month, Number(day), Number(hour), Number(minute), Number(second));
  let end = at + whole.length;
  const zone = /^ ([A-Z]{1,5})(?=:)/.exec(text.slice(end, end + 8));
  end += zone?.[0].length ?? 0;
  const isUtc = zone !== null && (zone[1] === 'UTC' || zone[1] === 'GMT' || zone[1] === 'Z');
  const inZone = (clock: number): number => (isUtc ? clock : asLocal(clock));
  const given = yearBefore ?? yearBehind;
  if (given !== undefined) {
    const clock = clockIn(Number(given));
    return clock === null ? null : { time: written(inZone(clock), fraction), end };
  }
  const year = new Date(now).getFullYear();
  for (const candidate of [year + 1, year, year - 1]) {
    const clock = clockIn(candidate);
    if (clock === null) continue;
    const time = inZone(clock);
    if (time <= now + earlyMs) return { time: written(time, fraction), end };
  }
  return null;
}

export function findEpochTime(text: string, at: number): FoundTime | null {
  epoch.lastIndex = at;
  const match = epoch.exec(text);
  if (match === null) return null;
  const [whole, seconds, fraction] = match;
  return { time: written(Number(seconds) * 1000, fraction), end: at + whole.length };
}

/** As if it were UTC; null where the calendar has no such time. A leap second is the last one before it. */
function checked(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | null {
  if (month > 11 || month < 0 || day < 1 || hour > 23 || minute > 59 || second > 60 || year < 1970) return null;
  const clock = Date.UTC(year, month, day, hour, minute, Math.min(second, 59));
  return new Date(clock).getUTCMonth() === month ? clock : null;
}

/** RFC 3339: "+02:00"; others leave the colon out. */
function offsetMs(zone: string): number | null {
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

let offsetQuarter = Number.NaN;
let offsetOfQuarter = 0;

/** The offset of the zone costs a microsecond: it is asked for once for all times of the same quarter of an hour. */
function asLocal(clock: number): number {
  const quarter = Math.floor(clock / 900_000);
  if (quarter !== offsetQuarter) {
    const date = new Date(clock);
    const local = new Date(
      date.getUTCFullYear(),
      date.getUTCMonth(),
      date.getUTCDate(),
      date.getUTCHours(),
      date.getUTCMinutes(),
    );
    offsetQuarter = quarter;
    offsetOfQuarter = local.getTimezoneOffset() * 60_000;
  }
  return clock + offsetOfQuarter;
}

let lastSecond = Number.NaN;
let lastText = '';

function written(time: number, fraction: string | undefined): string {
  // Messages come in the order of their times: most have the second of the one before.
  if (time !== lastSecond) {
    lastSecond = time;
    lastText = new Date(time).toISOString().slice(0, 19);
  }
  return fraction === undefined ? `${lastText}Z` : `${lastText}.${fraction}Z`;
}
