// Dates as IMAP writes them (RFC 9051 9: date, date-time) and as mail does (RFC 5322 3.3).

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const monthPattern = months.join('|');

/** A day of the calendar as a number that sorts: 20260731. */
export type Day = number;

/** "1-Feb-1994". null: there is no such day. */
export function parseDay(text: string): Day | null {
  const [, day = '', month = '', year = ''] =
    new RegExp(`^(\\d{1,2})-(${monthPattern})-(\\d{4})$`, 'i').exec(text) ?? [];
  return dayOf(Number(year), months.indexOf(month.toLowerCase()), Number(day));
}

/** "17-Jul-1996 02:44:25 -0700", the first character may be a space. Milliseconds since 1970; null: there is no such time. */
export function parseDateTime(text: string): number | null {
  const match = new RegExp(
    `^([ \\d]\\d)-(${monthPattern})-(\\d{4}) (\\d\\d):(\\d\\d):(\\d\\d) ([+-])(\\d\\d)(\\d\\d)$`,
    'i',
  ).exec(text);
  if (match === null) return null;
  const [, day = '', month = '', year = '', hour, minute, second, sign, zoneHours, zoneMinutes] = match;
  const monthIndex = months.indexOf(month.toLowerCase());
  if (dayOf(Number(year), monthIndex, Number(day)) === null) return null;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  const zoneMs = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return Date.UTC(Number(year), monthIndex, Number(day), Number(hour), Number(minute), Number(second)) - zoneMs;
}

/** In UTC: whoever asks for a day gets the one that is shown. */
export function formatDateTime(time: number): string {
  const at = new Date(time);
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = `${two(at.getUTCDate())}-${nameOfMonth(at.getUTCMonth())}-${String(at.getUTCFullYear()).padStart(4, '0')}`;
  return `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
}

export function dayOfTime(time: number): Day {
  const at = new Date(time);
  return at.getUTCFullYear() * 10_000 + (at.getUTCMonth() + 1) * 100 + at.getUTCDate();
}

/** The day that a Date field names, wherever its writer was. null: it names none. */
export function dayOfMailDate(text: string): Day | null {
  const [, day = '', month = '', year = ''] =
    new RegExp(`(?:^|[\\s,])(\\d{1,2})\\s{1,9}(${monthPattern})[a-z]{0,6}\\s{1,9}(\\d{2,4})(?:\\s|$)`, 'i').exec(
      text.slice(0, 200),
    ) ?? [];
  return dayOf(fullYear(year), months.indexOf(month.toLowerCase()), Number(day));
}

/** RFC 5322 4.3: years of two and three digits. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 2) return year < 50 ? 2000 + year : 1900 + year;
  return text.length === 3 ? 1900 + year : year;
}

function dayOf(year: number, month: number, day: number): Day | null {
  const at = new Date(Date.UTC(year, month, day));
  return month >= 0 && day > 0 && at.getUTCMonth() === month ? year * 10_000 + (month + 1) * 100 + day : null;
}

function nameOfMonth(month: number): string {
  const name = months[month] ?? '';
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
