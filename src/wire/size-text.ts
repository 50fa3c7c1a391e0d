const units = ['B', 'KB', 'MB', 'GB'] as const;

/** A limit as it is written in a configuration, "100MB" for 104857600: the largest unit that gives a whole number. */
export function formatLimit(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && value % 1024 === 0 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value}${units[unit]}`;
}
