import type { Item } from '../../../contract/item.ts';

// Linux takes 128 KB for each variable (MAX_ARG_STRLEN), and a program should have room for others.
const maxRecipientsLength = 65_536;

/** What a program is told of a thing. Untrusted, but for what Portico itself has made: a variable is one line, PORTICO_TO one for each. */
export function factsOf(item: Item, delivery: string): Record<string, string> {
  const { mail } = item;
  const facts: Record<string, string | null> = {
    PORTICO_ID: item.id,
    PORTICO_DELIVERY: delivery,
    PORTICO_SERVICE: item.service,
    PORTICO_SESSION: item.session,
    PORTICO_ACCOUNT: item.account,
    PORTICO_NAME: item.name,
    PORTICO_TYPE: item.mediaType,
    PORTICO_SIZE: String(item.size),
    PORTICO_SHA256: item.sha256,
    PORTICO_RECEIVED: new Date(item.received).toISOString(),
    PORTICO_FROM: mail?.from ?? null,
    PORTICO_TO: mail === null ? null : recipients(mail.to),
    PORTICO_TO_COUNT: mail === null ? null : String(mail.to.length),
    PORTICO_SUBJECT: mail?.subject ?? null,
  };
  const known = Object.entries(facts).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries(known.map(([name, value]) => [name, name === 'PORTICO_TO' ? value : line(value)]));
}

/** As many as there is room for; PORTICO_TO_COUNT tells whether these are all. */
function recipients(addresses: readonly string[]): string {
  let text = '';
  for (const address of addresses) {
    const next = text === '' ? line(address) : `${text}\n${line(address)}`;
    if (Buffer.byteLength(next) > maxRecipientsLength) break;
    text = next;
  }
  return text;
}

function line(text: string): string {
  return text.toWellFormed().replaceAll(/\p{Cc}/gu, ' ');
}
