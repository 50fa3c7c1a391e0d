import { TemporaryError } from '../contract/errors.ts';
import type { LogFields, Logger } from '../contract/logger.ts';
import { TreeError } from '../contract/tree.ts';

export interface ToldError {
  readonly log: Logger;
  readonly message: string;
  readonly fields: LogFields;
  readonly error: unknown;
  /** No protocol has a word for it. */
  readonly isOurs: boolean;
}

/** What whoever keeps the machine should know of an error that a peer is told in a few words; of the peer's own faults nothing. */
export function tellLog({ log, message, fields, error, isOurs }: ToldError): void {
  if (error instanceof TreeError && error.detail !== null)
    log.warning('this machine does not allow what the account may', { ...fields, reason: error.detail });
  else if (error instanceof TemporaryError) log.warning(message, { ...fields, error });
  else if (isOurs) log.err(message, { ...fields, error });
}
