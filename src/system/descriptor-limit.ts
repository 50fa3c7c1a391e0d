import { readFileSync } from 'node:fs';

/** How many descriptors this process may have open: the soft RLIMIT_NOFILE. */
export function descriptorLimit(): number {
  try {
    return parseDescriptorLimit(readFileSync('/proc/self/limits', 'latin1'));
  } catch {
    // No proc(5).
    return usualLimit;
  }
}

/** From the text of /proc/PID/limits. */
export function parseDescriptorLimit(limits: string): number {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  if (soft === undefined) return usualLimit;
  return soft === 'unlimited' ? largestLimit : Number(soft);
}

const usualLimit = 1024;
/** fs.nr_open's default, which stands above every limit. */
const largestLimit = 1_048_576;
