import { TemporaryError } from '../../contract/errors.ts';
import type { LogFields, Logger } from '../../contract/logger.ts';
import { TreeError } from '../../contract/tree.ts';
import { statusOf } from './status.ts';

/** What whoever keeps the machine should know of an error that a peer is told in a few words. */
export function tellLog(log: Logger, message: string, fields: LogFields, error: unknown): void {
  if (error instanceof TreeError && error.detail !== null)
    log.warning('this machine does not allow what the account may', { ...fields, reason: error.detail });
  else if (error instanceof TemporaryError) log.warning(message, { ...fields, error });
  else if (statusOf(error) === null) log.err(message, { ...fields, error });
}
