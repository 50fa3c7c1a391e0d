import { NoSpaceError } from '../../contract/delivery.ts';
import { TemporaryError } from '../../contract/errors.ts';

/** What a peer is told that does not get what it wants: a code (RFC 5321 4.2) and a text that begins with RFC 3463's. */
export class SmtpReply extends Error {
  override readonly name = 'SmtpReply';
  readonly responseCode: number;
  constructor(responseCode: number, text: string) {
    super(text);
    this.responseCode = responseCode;
  }
}

export const replies = {
  tooBig: (maxSize: number) => new SmtpReply(552, `5.3.4 The message is larger than ${maxSize} bytes`),
  brokenLines: () => new SmtpReply(554, '5.6.11 A line does not end with CRLF'),
  mailboxFull: () => new SmtpReply(552, '5.2.2 The mailbox is full'),
  shutdown: () => new SmtpReply(421, '4.3.2 The service is ending, try again'),
} as const;

/** An error as the peer is told of it; null: it is a fault of ours, and nothing of it is the peer's to know. */
export function replyFor(error: unknown): SmtpReply | null {
  if (error instanceof SmtpReply) return error;
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (error instanceof NoSpaceError || code === 'ENOSPC' || code === 'EDQUOT')
    return new SmtpReply(452, '4.3.1 There is no room for it now');
  if (error instanceof TemporaryError) return new SmtpReply(451, '4.3.0 It cannot be taken now, try again later');
  return null;
}

export const faultReply = new SmtpReply(451, '4.3.0 Something went wrong here, try again later');
