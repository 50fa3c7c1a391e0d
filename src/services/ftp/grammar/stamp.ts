// Times as MDTM, MFMT and the facts have them (RFC 3659 2.3): YYYYMMDDHHMMSS in UTC.

/** `milliseconds` since 1970. */
export function formatStamp(milliseconds: number): string {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return '19700101000000';
  return date.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '').padStart(14, '0').slice(-14);
}

/** Milliseconds since 1970; null: there is no such time. Seconds may have a fraction. */
export function parseStamp(text: string): number | null {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?$/.exec(text);
  if (parts === null) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const milliseconds = Math.floor(Number(`0.${parts[7] ?? '0'}`) * 1000);
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCDate() !== day) return null;
  // RFC 3659 2.3: 60 is a leap second.
  date.setUTCHours(hour, minute, Math.min(second, 59), milliseconds);
  return date.getTime();
}
