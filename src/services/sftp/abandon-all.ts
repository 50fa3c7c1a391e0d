import type { Logger } from '../../contract/logger.ts';
import { printable } from '../../wire/printable.ts';
import type { Handles } from './handles.ts';

const maxLogged = 200;

/** The peer has gone, or has ended without closing what it had opened: what was being written leaves nothing, but a line in the log. */
export async function abandonAll(handles: Handles, log: Logger): Promise<void> {
  await handles.drain(async (handle) => {
    const name = printable(handle.path, maxLogged);
    try {
      if (await handle.abandon()) log.notice('an upload was cut off', { name });
    } catch (error) {
      log.err('what was cut off could not be removed', { name, error });
    }
  });
}
