import { Readable } from 'node:stream';

import MailComposer from 'nodemailer/lib/mail-composer';

import type { Item } from '../../../contract/item.ts';

export interface Addressing {
  readonly from: string;
  readonly to: readonly string[];
}

/** A mail with the item attached, made as it is read. Its Message-ID is the same at every attempt. */
export function composeMail(item: Item, { from, to }: Addressing): Readable {
  const content = item.open();
  const composer = new MailComposer({
    from,
    to: [...to],
    subject: item.name,
    date: new Date(item.received),
    messageId: `<${item.id}@portico.invalid>`,
    // RFC 3834 5: no reply by a machine is wanted.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Portico-Id': item.id },
    text: describe(item),
    attachments: [
      {
        filename: item.name,
        content,
        contentType: item.mediaType ?? 'application/octet-stream',
        contentTransferEncoding: 'base64',
      },
    ],
    newline: '\r\n',
    // What others have sent us must not name files or addresses that are then read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const mail = Readable.from(composer.compile().createReadStream());
  mail.on('close', () => content.destroy());
  content.on('error', (error) => mail.destroy(error));
  return mail;
}

function describe({ name, size, service, account, received }: Item): string {
  const by = account === null ? '' : `, sent by ${account}`;
  return `${name}\n${size} bytes, received by the service ${service}${by} on ${new Date(received).toUTCString()}\n`;
}
