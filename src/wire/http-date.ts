// Dates of HTTP (RFC 9110 5.6.7), to the second.

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const month = `(${months.join('|')})`;
const time = String.raw`(\d\d):(\d\d):(\d\d)`;

// "Sun, 06 Nov 1994 08:49:37 GMT"
const fixed = new RegExp(String.raw`^[A-Z][a-z]{2}, (\d\d) ${month} (\d{4}) ${time} GMT$`);
// "Sunday, 06-Nov-94 08:49:37 GMT"
const rfc850 = new RegExp(String.raw`^[A-Z][a-z]{5,8}, (\d\d)-${month}-(\d\d) ${time} GMT$`);
// "Sun Nov  6 08:49:37 1994"
const asctime = new RegExp(String.raw`^[A-Z][a-z]{2} ${month} ([ \d]\d) ${time} (\d{4})$`);

/** `ms` since 1970: "Sun, 06 Nov 1994 08:49:37 GMT". */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** Milliseconds since 1970; null: no date in any of the three forms. `now` settles what century two digits mean. */
export function parseHttpDate(text: string, now: number = Date.now()): number | null {
  const first = fixed.exec(text);
  if (first !== null) return assemble(first[3], first[2], first[1], first.slice(4));
  const second = rfc850.exec(text);
  if (second !== null) return assemble(fullYear(Number(second[3]), now), second[2], second[1], second.slice(4));
  const third = asctime.exec(text);
  if (third !== null) return assemble(third[6], third[1], third[2], third.slice(3, 6));
  return null;
}

/** A year that seems to lie more than 50 years ahead is the most recent one with the same digits. */
function fullYear(digits: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + digits;
  return year > thisYear + 50 ? year - 100 : year;
}

type Text = string | number | undefined;

function assemble(year: Text, monthName: Text, day: Text, [hour, minute, second]: readonly Text[]): number | null {
  const date = new Date(0);
  date.setUTCFullYear(Number(year), months.indexOf(String(monthName)), Number(day));
  if (date.getUTCDate() !== Number(day) || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  return date.setUTCHours(Number(hour), Number(minute), Number(second));
}
