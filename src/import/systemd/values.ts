/** systemd's ways to write numbers, sizes and times, as ours. Pure. */

const units: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** "5min 20s" or "20", which are seconds, as milliseconds; null: it is none. */
export function readTime(text: string): number | null {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const parts = [...text.matchAll(/\s*(\d{1,9}(?:\.\d{1,3})?)\s*([a-z]+)\s*/gy)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return null;
  let total = 0;
  for (const [, number, unit = ''] of parts) {
    const each = units[unit.replace(/^(second|minute|hour|day|week)s?$/, (word) => word[0] ?? '')];
    if (each === undefined) return null;
    total += Number(number) * each;
  }
  return Math.round(total);
}

/** As a duration of ours. */
export function showTime(ms: number): string {
  if (ms % 1000 !== 0) return `${ms}ms`;
  return ms % 60_000 === 0 && ms > 0 ? `${ms / 60_000}m` : `${ms / 1000}s`;
}

/** "16M" as a size of ours, "infinity" as "unlimited"; null: it is neither. */
export function readLimit(text: string): string | null {
  if (text === 'infinity') return 'unlimited';
  const [, digits, unit = ''] = /^(\d{1,15})([KMGT]?)$/.exec(text) ?? [];
  if (digits === undefined) return null;
  // Ours end at 1024 terabytes, which is no limit.
  const bytes = Number(digits) * 1024 ** ' KMGT'.indexOf(unit || ' ');
  if (bytes > 1024 ** 5) return 'unlimited';
  return unit === 'T' ? `${Number(digits) * 1024}GB` : `${Number(digits)}${unit}B`;
}
