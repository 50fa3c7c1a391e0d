let lastBytes = 0;

/**
 * Memory of this process that is in use, in bytes. The system tells it in a file, for which there has to be a descriptor:
 * when there is none, it is what it was before.
 */
export function residentBytes(): number {
  try {
    lastBytes = process.memoryUsage.rss();
  } catch {
    // EMFILE: not worth the process.
  }
  return lastBytes;
}
