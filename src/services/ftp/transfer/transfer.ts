import type { DataConnection } from '../../../contract/data-connection.ts';
import { PeerError } from '../../../contract/errors.ts';

export interface TransferOptions {
  /** ABOR, and the session's end: the connection is cut, and the transfer rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** A connection on which nothing moves for this long is cut: a PeerError. Milliseconds. */
  readonly stallMs: number;
}

export interface TransferResult {
  /** On the wire, without TLS. `DataConnection.moved` has those so far. */
  readonly bytes: number;
  readonly durationMs: number;
}

/**
 * Runs a transfer to its end under the rules that all have: it can be aborted, it may not stall, and a connection that the peer
 * has lost or cut is a PeerError. Errors of the file (TreeError, NoSpaceError) are passed on as they are. The connection is
 * still its caller's to dispose of.
 */
export async function transfer(
  data: DataConnection,
  { signal, stallMs }: TransferOptions,
  run: (signal: AbortSignal) => Promise<number>,
): Promise<TransferResult> {
  const startedTick = performance.now();
  signal.throwIfAborted();
  const stop = new AbortController();
  const cut = (reason: unknown): void => {
    stop.abort(reason);
    data.stream.destroy();
  };
  const onAbort = (): void => cut(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = watch(data, stallMs, () => cut(new PeerError(`nothing moved for ${stallMs / 1000} seconds`)));
  try {
    const bytes = await run(stop.signal);
    stop.signal.throwIfAborted();
    return { bytes, durationMs: performance.now() - startedTick };
  } catch (error) {
    // What the cut has caused is no news.
    if (stop.signal.aborted) throw stop.signal.reason;
    throw isLoss(error) ? new PeerError('the peer broke off the data connection', { cause: error }) : error;
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Looks now and then, so that bytes cost no timer: who stalls is found out up to an eighth later. */
function watch(data: DataConnection, stallMs: number, onStall: () => void): NodeJS.Timeout {
  let moved = data.moved;
  let movedTick = performance.now();
  return setInterval(
    () => {
      const now = performance.now();
      if (data.moved !== moved) {
        moved = data.moved;
        movedTick = now;
      } else if (now - movedTick >= stallMs) onStall();
    },
    Math.max(5, stallMs / 8),
  );
}

const lossCodes: ReadonlySet<string> = new Set([
  'ABORT_ERR',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_WRITE_AFTER_END',
]);

function isLoss(error: unknown): boolean {
  return lossCodes.has((error as NodeJS.ErrnoException | null)?.code ?? '');
}
