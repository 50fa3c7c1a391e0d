/** Milliseconds since 1970, as Node's functions take them: a number below 0 is now to them, a date before 1970 is not. */
export function fileTime(ms: number): number | Date {
  return ms < 0 ? new Date(ms) : ms / 1_000;
}
