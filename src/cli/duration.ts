import { UsageError } from './parse-arguments.ts';

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export function parseWait(text: string, command: string): number {
  return parseDurationOption(text, command, 'wait');
}

/** Milliseconds of "500ms", "10s", "5m", "1h", "2d": durations as they are in the configuration. */
export function parseDurationOption(text: string, command: string, option: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text);
  if (match === null)
    throw new UsageError(command, `--${option}: expected a duration such as "10s", got ${JSON.stringify(text)}`);
  return Number(match[1]) * units[match[2] as keyof typeof units];
}
