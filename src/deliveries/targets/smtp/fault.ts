import { connectReason } from '../../tls-reason.ts';

/** Why something was not taken, and whether it is worth trying again. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly isPermanent: boolean;
  constructor(message: string, isPermanent: boolean, options?: ErrorOptions) {
    super(message, options);
    this.isPermanent = isPermanent;
  }
}

/**
 * RFC 5321 4.2.1: 5yz to an envelope or a message is for ever, 4yz for now. A server that lets nobody in, or not with this
 * password, or whose certificate is wrong, is the operator's to mend; and so is what has come without an answer.
 */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const { code, responseCode, response, command } = (error ?? {}) as SmtpError;
  const isOfMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  // "API": nodemailer itself did not like an address, or the server had said that it takes nothing so large.
  const isPermanent = isOfMail && (responseCode === undefined ? isOwnRefusal(command) : responseCode >= 500);
  return new Fault(response ?? connectReason(error), isPermanent, { cause: error });
}

interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly command?: string;
}

function isOwnRefusal(command: string | undefined): boolean {
  return command === 'API' || command === 'MAIL FROM';
}
