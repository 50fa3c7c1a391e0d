const pattern = /^(\d{4})(-?)(\d\d)\2(\d\d)T(\d\d):?(\d\d):?(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/;

/**
 * "19980717T14:14:55" or "1998-07-17T14:14:55", with a fraction and a zone where the sender gave them. XML-RPC leaves the zone
 * open: without one it is UTC. null: it is none, or no such day.
 */
export function parseDateTime(text: string): Date | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = [1, 3, 4, 5, 6, 7].map((index) => Number(match[index])) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const zoneMs = parseZone(match[9] ?? 'Z');
  if (zoneMs === null) return null;
  const date = new Date(0);
  // Date.UTC takes the years up to 99 for those of the last century.
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  date.setUTCHours(hour, minute, second, Number((match[8] ?? '0').padEnd(3, '0').slice(0, 3)));
  return new Date(date.getTime() - zoneMs);
}

function parseZone(text: string): number | null {
  if (text === 'Z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(-2));
  if (hours > 23 || minutes > 59) return null;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** "19980717T14:14:55", in UTC, to the second: the one form that every peer reads. null: no year of four digits. */
export function formatDateTime(date: Date): string | null {
  const time = date.getTime();
  if (Number.isNaN(time)) return null;
  const text = date.toISOString();
  if (text.length !== 24) return null;
  return text.slice(0, 4) + text.slice(5, 7) + text.slice(8, 19);
}
