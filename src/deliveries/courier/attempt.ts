import { TemporaryError } from '../../contract/errors.ts';
import type { DeliveryTarget, Item } from '../../contract/item.ts';

export interface AttemptOptions {
  readonly target: Pick<DeliveryTarget, 'deliver'>;
  readonly item: Item;
  readonly timeoutMs: number;
  /** Aborted when there is no time left for anything. */
  readonly stopping: AbortSignal;
  /** How long after the abort a target that does not hear it is waited for. */
  readonly graceMs?: number;
}

const defaultGraceMs = 2_000;

/** Delivers once. Throws what the target throws, a TemporaryError when it took too long, a StoppedError when it had to end. */
export async function attemptDelivery(options: AttemptOptions): Promise<void> {
  const { target, item, timeoutMs, stopping, graceMs = defaultGraceMs } = options;
  const controller = new AbortController();
  const over = Promise.withResolvers<never>();
  over.promise.catch(() => {});
  let grace: NodeJS.Timeout | undefined;
  const end = (reason: Error): void => {
    if (controller.signal.aborted) return;
    controller.abort(reason);
    // A target may finish in this moment, and then it is done.
    grace = setTimeout(() => over.reject(reason), graceMs);
  };
  const timer = setTimeout(() => end(new TemporaryError(`it took longer than ${timeoutMs / 1000} s`)), timeoutMs);
  const stop = (): void => end(new StoppedError('the courier ends'));
  stopping.addEventListener('abort', stop);
  try {
    if (stopping.aborted) throw new StoppedError('the courier ends');
    await Promise.race([Promise.resolve(target.deliver(item, controller.signal)), over.promise]);
  } catch (error) {
    // Whatever a target throws when it is aborted, this is why.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    clearTimeout(grace);
    stopping.removeEventListener('abort', stop);
  }
}

/** The delivery was neither made nor refused. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}
