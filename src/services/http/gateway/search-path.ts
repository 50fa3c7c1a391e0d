/** Where programs look for others: the one variable that they get from our own environment. */
export function searchPath(): string {
  return process.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
}
