import type { MailFacts } from '../contract/item.ts';
import type { QueuedItem, Task, TaskReport } from '../contract/queue.ts';

/** Columns of an item, in the order of `itemValues`. */
export const itemColumns =
  'id, folder, file, start, service, session, account, name, media_type, size, sha256, received, mail';

export interface ItemRow {
  readonly id: string;
  readonly folder: string;
  readonly file: string;
  readonly start: number;
  readonly service: string;
  readonly session: string;
  readonly account: string | null;
  readonly name: string;
  readonly media_type: string | null;
  readonly size: number;
  readonly sha256: string;
  readonly received: number;
  readonly mail: string | null;
}

export interface TaskRow extends ItemRow {
  readonly delivery: string;
  readonly mailbox: string;
  readonly state: 'queued' | 'failed' | 'done';
  readonly attempts: number;
  readonly since: number;
  readonly next_at: number;
  readonly owner: string | null;
  readonly reason: string | null;
}

export function itemValues(item: QueuedItem): (string | number | null)[] {
  const { id, folder, file, offset, service, session, account, name, mediaType, size, sha256, received, mail } = item;
  const facts = mail === null ? null : JSON.stringify(mail);
  return [id, folder, file, offset, service, session, account, name, mediaType, size, sha256, received, facts];
}

export function toItem(row: ItemRow): QueuedItem {
  const { id, folder, file, start, service, session, account, name, size, sha256, received } = row;
  const mail = row.mail === null ? null : (JSON.parse(row.mail) as MailFacts);
  const { media_type: mediaType } = row;
  return { id, folder, file, offset: start, service, session, account, name, mediaType, size, sha256, received, mail };
}

export function toTask(row: TaskRow): Task {
  const { id, delivery, mailbox, attempts, since } = row;
  return { id, delivery, mailbox, attempts, since, item: toItem(row) };
}

export function toReport(row: TaskRow): TaskReport {
  const { id, delivery, mailbox, state, attempts, next_at, owner, reason, name, size, service, received } = row;
  const isWaiting = state === 'queued' && owner === null && next_at > 0;
  return {
    id,
    delivery,
    mailbox: mailbox === '' ? null : mailbox,
    state: owner === null ? state : 'delivering',
    attempts,
    next: isWaiting ? new Date(next_at).toISOString() : null,
    reason,
    name,
    size,
    service,
    received: new Date(received).toISOString(),
  };
}
