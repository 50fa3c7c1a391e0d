import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** A file of the configuration as it was read. */
export interface Source {
  /** As messages show it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[];
}

/** Offsets in a source, the second not included. */
export type Range = readonly [number, number];

export function createSource(name: string, path: string, text: string): Source {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return { name, path, text, lineStarts };
}

/** 1-based line and column of an offset. */
export function positionOf(source: Source, offset: number): { readonly line: number; readonly column: number } {
  let low = 0;
  let high = source.lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: offset - (source.lineStarts[low] ?? 0) + 1 };
}

/** Why a file cannot be used, and where in it. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  /** The text as far as it could be read. */
  readonly text: string;
  readonly offset: number;
  /** There is no such file. */
  readonly isMissing: boolean;
  constructor(message: string, text = '', offset = 0, isMissing = false) {
    super(message);
    this.text = text;
    this.offset = offset;
    this.isMissing = isMissing;
  }
}

export interface ReadLimits {
  readonly maxBytes: number;
  /** The bound in words: "4MB". */
  readonly maxText: string;
  /** Also a pipe, such as a shell's `<(command)`. */
  readonly allowsPipe?: boolean;
}

/** Text of a UTF-8 file without control characters; throws SourceError. */
export function readText(path: string, limits: ReadLimits): string {
  const bytes = readBytes(path, limits);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const lenient = new TextDecoder('utf-8').decode(bytes);
    throw new SourceError('the file is not UTF-8 text', lenient, Math.max(0, lenient.indexOf('\uFFFD')));
  }
  // eslint-disable-next-line no-control-regex
  const control = text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/);
  if (control >= 0) {
    const code = text.charCodeAt(control).toString(16).padStart(4, '0');
    throw new SourceError(`the file contains the control character U+${code.toUpperCase()}`, text, control);
  }
  return text;
}

function readBytes(path: string, limits: ReadLimits): Buffer {
  let fd: number | undefined;
  try {
    // Without O_NONBLOCK the opening of a pipe that nobody writes would wait for ever.
    const isWaiting = limits.allowsPipe === true;
    fd = openSync(path, isWaiting ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (stat.isDirectory()) throw new SourceError('it is a folder');
    if (!stat.isFile() && !(isWaiting && stat.isFIFO())) throw new SourceError('it is not a regular file');
    return readWhole(fd, limits);
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new SourceError(describeFileError(error), '', 0, (error as NodeJS.ErrnoException).code === 'ENOENT');
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function readWhole(fd: number, { maxBytes, maxText }: ReadLimits): Buffer {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(65_536);
    const length = readSync(fd, chunk);
    if (length === 0) return Buffer.concat(chunks);
    total += length;
    if (total > maxBytes) throw new SourceError(`the file is larger than ${maxText}`);
    chunks.push(chunk.subarray(0, length));
  }
}

/** An errno in words that follow "cannot read …: ". */
export function describeFileError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'ENOTDIR') return 'a part of the path is not a folder';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'ELOOP') return 'too many symbolic links';
  return code ?? message;
}
