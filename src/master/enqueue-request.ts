import { isAccountName } from '../contract/account.ts';
import { isName, isRecord } from './worker-message.ts';

type Said = Readonly<Record<string, unknown>>;

const maxItems = 5_000;
const maxNames = 10_000;
const maxSize = Number.MAX_SAFE_INTEGER;

// What becomes a path is looked at most closely.
const id = /^[0-9a-z]{20}$/;
const folder = /^[0-9]{1,10}$/;
const sha256 = /^[0-9a-f]{64}$/;
const fileName = /^[^/\0]{1,255}$/;

/** Whether it is what a worker says that has written things into the spool. */
export function isEnqueue({ items }: Said): boolean {
  return Array.isArray(items) && items.length <= maxItems && items.every(isNewItem);
}

function isNewItem(said: unknown): boolean {
  if (!isRecord(said) || !isRecord(said['item'])) return false;
  return isItem(said['item']) && isNames(said['deliveries']) && isAccounts(said['mailboxes']);
}

function isItem(item: Said): boolean {
  const { service, session, account, mediaType, size, received, mail } = item;
  return (
    [
      [item['id'], id],
      [item['file'], id],
      [item['folder'], folder],
      [item['sha256'], sha256],
      [item['name'], fileName],
    ].every(([text, pattern]) => typeof text === 'string' && (pattern as RegExp).test(text)) &&
    isName(service) &&
    isName(session) &&
    (account === null || isName(account)) &&
    (mediaType === null || isName(mediaType)) &&
    isCount(size) &&
    isCount(item['offset']) &&
    isCount(received) &&
    (mail === null || isMail(mail))
  );
}

function isMail(said: unknown): boolean {
  if (!isRecord(said)) return false;
  const { from, to, subject } = said;
  return isName(from) && isNames(to) && (subject === null || isName(subject));
}

function isNames(said: unknown): boolean {
  return Array.isArray(said) && said.length <= maxNames && said.every(isName);
}

/** Each becomes a folder. */
function isAccounts(said: unknown): boolean {
  return isNames(said) && (said as string[]).every(isAccountName);
}

function isCount(said: unknown): boolean {
  return Number.isSafeInteger(said) && (said as number) >= 0 && (said as number) <= maxSize;
}
