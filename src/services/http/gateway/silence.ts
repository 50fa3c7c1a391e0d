import type { Readable } from 'node:stream';

/** Waits for a sign of life from the program. */
export interface Silence {
  touch(): void;
  end(): void;
}

export interface SilenceOptions {
  readonly timeoutMs: number;
  /** The peer's connection: whoever has ended its direction is waited for less. */
  readonly stream: Readable;
  /** Where a slow peer is waited for, the time begins anew. */
  readonly isPeersTurn: () => boolean;
  /** Nothing was heard for so long. */
  readonly fallen: () => void;
  /** The same for a peer that looks as if it had left. */
  readonly left: () => void;
}

// A peer that has ended its direction may want to say no more than that, or be gone: the first attempt to send would tell,
// but a silent program makes none.
const halfClosedMs = 2_000;

export function watchSilence({ timeoutMs, stream, isPeersTurn, fallen, left }: SilenceOptions): Silence {
  const wait = (ms: number, over: () => void): NodeJS.Timeout => {
    const started = setTimeout(() => {
      if (isPeersTurn()) started.refresh();
      else over();
    }, ms);
    return started;
  };
  let timer = wait(timeoutMs, fallen);
  const hasten = (): void => {
    if (timeoutMs <= halfClosedMs) return;
    clearTimeout(timer);
    timer = wait(halfClosedMs, left);
  };
  if (stream.readableEnded) hasten();
  else stream.once('end', hasten);
  return {
    touch: () => void timer.refresh(),
    end() {
      stream.off('end', hasten);
      clearTimeout(timer);
    },
  };
}
