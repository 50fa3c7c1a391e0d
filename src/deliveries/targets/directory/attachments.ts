import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { Splitter, type MimeNode, type SplitterChunk } from '@zone-eu/mailsplit';
import mime from 'mime';

import { fitForFileName, lastOfPath } from '../../../wire/file-name.ts';

/** A file in a mail. Untrusted: the sender has written all of it. */
export interface Attachment {
  /** Fit to be one part of a path, but for its length. */
  readonly name: string;
  readonly mediaType: string;
  /** Decoded. */
  readonly content: Readable;
}

// Of one part, and parts of one mail: whoever has more sends no files.
const maxHeaderBytes = 256 * 1024;
const maxParts = 1_000;
// Parts within parts: each line is compared with the boundaries of all that it stands in.
const maxDepth = 50;
const maxNameLength = 1_000;

/**
 * Takes the files out of a mail (RFC 2045 to 2049, 2183, 2231), one after the other as they come: no part of it is held in memory.
 * `take` has to read each to its end. Returns how many there were.
 */
export async function takeAttachments(
  mail: Readable,
  take: (attachment: Attachment) => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  const splitter = new Splitter({ ignoreEmbedded: true, maxHeadSize: maxHeaderBytes, maxChildNodes: maxParts });
  let count = 0;
  /** The file that is under way, and whoever takes it. */
  let part: { readonly decoder: ReturnType<MimeNode['getDecoder']>; readonly taking: Promise<void> } | null = null;

  const end = async (): Promise<void> => {
    const ended = part;
    part = null;
    ended?.decoder.end();
    await ended?.taking;
  };
  const begin = (node: MimeNode): void => {
    count += 1;
    const decoder = node.getDecoder();
    const taking = take({ name: nameOf(node, count), mediaType: node.contentType || fallbackType, content: decoder });
    taking.catch(() => {});
    part = { decoder, taking };
  };

  await pipeline(
    mail,
    splitter,
    async (chunks: AsyncIterable<SplitterChunk>) => {
      try {
        for await (const chunk of chunks) {
          if (chunk.type === 'node') {
            await end();
            if (depthOf(chunk) > maxDepth)
              throw new Error(`a mail with parts more than ${maxDepth} deep in each other`);
            if (isAttachment(chunk)) begin(chunk);
          } else if (chunk.type === 'body' && part !== null && chunk.value) {
            const { decoder, taking } = part;
            if (!decoder.write(chunk.value)) await Promise.race([once(decoder, 'drain'), taking]);
          }
        }
        await end();
      } catch (error) {
        part?.decoder.on('error', () => {}).destroy(error instanceof Error ? error : undefined);
        await part?.taking.catch(() => {});
        throw error;
      }
    },
    { signal },
  );
  return count;
}

function depthOf({ parentNode }: Pick<MimeNode, 'parentNode'>): number {
  let depth = 0;
  for (let parent = parentNode; parent; parent = parent.parentNode) depth += 1;
  return depth;
}

const fallbackType = 'application/octet-stream';

/** What a mail program would show as a file: pictures within the text are none, but a mail may be one single file. */
function isAttachment({ multipart, disposition, filename, contentType, rfc822 }: MimeNode): boolean {
  if (multipart) return false;
  if (disposition === 'attachment' || filename || rfc822) return true;
  return disposition !== 'inline' && contentType !== false && !contentType.startsWith('text/');
}

function nameOf({ filename, contentType, rfc822 }: MimeNode, number: number): string {
  const given = fitForFileName(lastOfPath((filename || '').slice(0, maxNameLength))).trim();
  if (given !== '') return given;
  const extension = rfc822 ? 'eml' : (mime.getExtension(contentType || fallbackType) ?? 'bin');
  return `attachment-${number}.${extension}`;
}
