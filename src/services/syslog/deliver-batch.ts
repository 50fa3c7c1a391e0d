import { randomBytes } from 'node:crypto';

import type { ServiceContext } from '../../contract/service.ts';
import { dateWords } from '../../wire/name-template.ts';
import type { Batch } from './gatherer.ts';
import type { LineFormat } from './options.ts';

const kinds: Readonly<Record<LineFormat, { readonly extension: string; readonly mediaType: string }>> = {
  json: { extension: 'jsonl', mediaType: 'application/x-ndjson' },
  raw: { extension: 'log', mediaType: 'text/plain' },
};

/** Brings a batch to the service's deliveries, as one thing. Resolves when it is on disk and in their queue. */
export async function deliverBatch(
  { lines, bytes, sender, isMixed }: Batch,
  format: LineFormat,
  context: Pick<ServiceContext, 'name' | 'desk' | 'received'>,
): Promise<void> {
  const id = randomBytes(6).toString('hex');
  const { date, time } = dateWords(new Date());
  const { extension, mediaType } = kinds[format];
  // What came by several sessions, or by none, is told apart by an id of its own.
  const session = isMixed || sender.session === null ? id : sender.session;
  await using draft = await context.desk.begin({
    service: context.name,
    session,
    peer: sender.peer,
    account: null,
    name: `syslog-${date}-${time}-${id}.${extension}`,
    mediaType,
    size: bytes,
    replaces: true,
  });
  await draft.write(Buffer.from(lines.join('')));
  const { id: item, name, size, sha256 } = await draft.commit();
  context.received({ session, id: item, name, size, sha256, type: mediaType, count: lines.length });
}
