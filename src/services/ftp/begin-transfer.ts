import type { DataConnection } from '../../contract/data-connection.ts';
import { PeerError, reasonOf } from '../../contract/errors.ts';
import type { Dialogue, Transfer } from './dialogue.ts';
import { faultReply, isOurFault } from './files/fault-reply.ts';
import { replies, reply } from './replies.ts';
import { tellLog } from '../../wire/tell-log.ts';

export interface TransferPlan {
  /** "RETR a.txt" */
  readonly title: string;
  /** The reply that comes before the connection: 150. */
  readonly opening: string;
  /** Gives the last reply. Rejects with what went wrong. */
  run(data: DataConnection, signal: AbortSignal): Promise<string>;
  /** Lets go of files, whatever has become of it. `error`: what went wrong; null: nothing. */
  finish(error: unknown): Promise<void> | void;
}

/** Why nobody waits for a transfer any more. */
export const abortReasons = { asked: 'the peer has given it up', left: 'the peer has left' } as const;

/** What stands in the way of any transfer, as a reply; null: nothing. */
export function obstacle({ channel, house }: Dialogue): string | null {
  if (house.options.require_tls && !channel.isProtected) return replies.clearData;
  return channel.isReady ? null : replies.noData;
}

/**
 * Starts what goes over a data connection (RFC 959 5.4), beside the control connection, where ABOR, STAT and the peer's end are
 * heard meanwhile.
 */
export function beginTransfer(dialogue: Dialogue, plan: TransferPlan): null {
  const { session } = dialogue;
  const controller = new AbortController();
  const onEnd = (): void => controller.abort(session.signal.reason);
  if (session.signal.aborted) onEnd();
  session.signal.addEventListener('abort', onEnd, { once: true });
  let data: DataConnection | null = null;
  const work = async (): Promise<'done'> => {
    const last = await carryOut(dialogue, plan, controller.signal, (opened) => void (data = opened));
    session.signal.removeEventListener('abort', onEnd);
    await dialogue.say(last);
    dialogue.transfer = null;
    return 'done';
  };
  const transfer: Transfer = {
    title: plan.title,
    get bytes() {
      return data?.moved ?? 0;
    },
    abort: (reason) => controller.abort(abortReasons[reason]),
    done: Promise.resolve('done'),
  };
  dialogue.transfer = transfer;
  Object.assign(transfer, { done: work() });
  return null;
}

/** Gives the last reply. */
async function carryOut(
  dialogue: Dialogue,
  plan: TransferPlan,
  signal: AbortSignal,
  opened: (data: DataConnection) => void,
): Promise<string> {
  let error: unknown = null;
  let isOpen = false;
  try {
    await dialogue.say(plan.opening);
    await using data = await dialogue.channel.open(signal);
    isOpen = true;
    opened(data);
    return await plan.run(data, signal);
  } catch (caught) {
    error = caught;
    if (signal.aborted) return replies.aborted;
    if (caught instanceof PeerError) return reply(isOpen ? 426 : 425, caught.message);
    tellLog({
      log: dialogue.session.log,
      message: 'a transfer failed',
      fields: { transfer: plan.title },
      error: caught,
      isOurs: isOurFault(caught),
    });
    return faultReply(caught) ?? replies.failed;
  } finally {
    try {
      await plan.finish(error);
    } catch (late) {
      dialogue.session.log.err(`a transfer leaves something behind: ${reasonOf(late)}`, { transfer: plan.title });
    }
  }
}
