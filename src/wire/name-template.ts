import { fitForFileName } from './file-name.ts';

/** What a name can be made of. A message has all of it, a file neither sender nor subject. */
export const templateWords = [
  'service',
  'account',
  'name',
  'id',
  'date',
  'time',
  'from',
  'to',
  'subject',
  'extension',
] as const;
export type TemplateWord = (typeof templateWords)[number];

const words: ReadonlySet<string> = new Set(templateWords);

/** What is wrong with a template, as the end of a sentence that begins with "expected"; null: nothing. */
export function flawOfTemplate(template: string): string | null {
  if (template === '') return 'a name';
  if (template.startsWith('/') || template.endsWith('/')) return 'a name without a slash at its ends';
  const placeholders = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, word = '']) => word);
  const stranger = placeholders.find((word) => !words.has(word));
  if (stranger !== undefined) return `placeholders out of ${templateWords.map((word) => `{${word}}`).join(' ')}`;
  const text = template.replaceAll(/\{[^{}]*\}/g, 'x');
  if (/[{}]/.test(text)) return 'every brace to have its other half';
  if (fitForFileName(text.replaceAll('/', '')) !== text.replaceAll('/', '')) return 'a name without control characters';
  const parts = text.split('/');
  if (parts.includes('')) return 'a name without empty folders';
  return parts.some((part) => part.startsWith('.')) ? 'no part of the name to begin with a dot' : null;
}

/**
 * The parts of the path that a template gives, each fit to be a file name but for its length. Slashes in the template make
 * folders, those in the values do not; a part never begins with a dot or a blank, nor ends with one, and none is empty.
 */
export function expandTemplate(template: string, values: Partial<Readonly<Record<TemplateWord, string>>>): string[] {
  return template.split('/').map((part) => {
    const text = part.replaceAll(/\{(\w+)\}/g, (_, word: TemplateWord) => fitForFileName(values[word] ?? '')).trim();
    return text === '' || text.startsWith('.') ? `_${text}` : text;
  });
}

/** Day and time of the clock on the wall, fit for file names and in their order: "2026-01-31", "235959". */
export function dateWords(now: Date): { date: string; time: string } {
  const two = (value: number): string => String(value).padStart(2, '0');
  return {
    date: `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`,
    time: `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`,
  };
}
