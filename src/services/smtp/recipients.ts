import { domainToASCII } from 'node:url';

import type { Mailbox } from '../../contract/account.ts';
import type { ServiceContext } from '../../contract/service.ts';
import { fitsWildcards } from '../../wire/wildcards.ts';
import { replies, SmtpReply } from './reply.ts';

/** Where the mail for one recipient goes. */
export interface Destination {
  readonly address: string;
  /** null: to the service's deliveries. */
  readonly mailbox: Mailbox | null;
}

export interface Recipients {
  /** Throws an SmtpReply for an address whose mail goes nowhere. `size`: as announced; null: it was not. */
  find(address: string, size: number | null): Promise<Destination>;
}

export interface RecipientsOptions {
  readonly context: Pick<ServiceContext, 'deliver' | 'findMailboxes'>;
  /** undefined: all. */
  readonly patterns: readonly string[] | undefined;
  /** For recipients that have no domain. */
  readonly hostname: string;
}

export function createRecipients({ context, patterns, hostname }: RecipientsOptions): Recipients {
  return {
    async find(given, size) {
      // RFC 5321 4.1.1.3: "postmaster" needs no domain.
      const address = given.includes('@') ? given : `${given}@${hostname}`;
      const forms = formsOf(address);
      const mailbox = (await context.findMailboxes(forms)).find((found) => found !== null) ?? null;
      if (mailbox !== null) {
        if (mailbox.room !== null && mailbox.room <= (size ?? 0)) throw replies.mailboxFull();
        return { address, mailbox };
      }
      const isWanted = patterns?.some((pattern) => forms.some((form) => fitsWildcards(pattern, form))) ?? true;
      if (!isWanted || context.deliver.length === 0)
        throw new SmtpReply(550, '5.1.1 There is nobody of that address here');
      return { address, mailbox: null };
    },
  };
}

/** An address with its domain in letters of any script, and in ASCII: either may have been written down. */
export function formsOf(address: string): string[] {
  const ascii = withAsciiDomain(address);
  return ascii === address ? [address] : [address, ascii];
}

/** What the address is without SMTPUTF8, as far as its domain goes. */
export function withAsciiDomain(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  const ascii = isAscii(domain) ? domain : domainToASCII(domain);
  return ascii === '' ? address : address.slice(0, at + 1) + ascii;
}

export function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
