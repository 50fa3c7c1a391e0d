/**
 * The arguments that a query without "=" stands for (RFC 3875 4.4): words with "+" between them, each percent-decoded.
 * Empty where there are none, and where they cannot be given as they are, or safely: one that begins with "-" would be
 * an option for most programs.
 */
export function parseSearchWords(query: string | null): readonly string[] {
  if (query === null || query === '' || query.includes('=')) return [];
  const words = query.split('+').map(decodeWord);
  return words.every((word) => word !== null && word !== '' && !word.startsWith('-') && !word.includes('\0'))
    ? (words as string[])
    : [];
}

function decodeWord(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
