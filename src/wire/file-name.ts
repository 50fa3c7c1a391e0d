import { unprintable } from './printable.ts';

// Names that peers give to things. They become file names, so nothing in here may lead to another folder, hide a file, or
// write into a terminal.

/** What most file systems take (NAME_MAX). */
export const maxFileNameBytes = 255;

// A name that turns the direction of the text around it reads as another: "gpj.exe" as "exe.jpg".
const everyUnfit = new RegExp(`[/\\\\]|${unprintable.source}`, 'gu');

/** What is wrong with a name, as the end of a sentence that begins with "expected"; null: nothing. */
export function flawOfFileName(name: string): string | null {
  if (name === '') return 'a name';
  if (/[/\\]/.test(name)) return 'a name without slashes';
  if (name.startsWith('.')) return 'a name that does not begin with a dot';
  if (unprintable.test(name) || !name.isWellFormed()) return 'a name without control characters';
  if (Buffer.byteLength(name) > maxFileNameBytes) return `a name of at most ${maxFileNameBytes} bytes`;
  return null;
}

/** Any text made fit to stand within a file name: what could do harm becomes "_". */
export function fitForFileName(text: string): string {
  return text.toWellFormed().replaceAll(everyUnfit, '_');
}

/** What stands behind the last folder, on whatever system the path was made. */
export function lastOfPath(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** "pdf" of "a.b.pdf", "" where there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1);
}
