import type { Readable, Writable } from 'node:stream';

export interface Feed {
  /** There is more to come from the source, and the sink has taken all that came: whoever waits, waits for the source. */
  readonly isWaitingForSource: boolean;
  /** Nobody reads any more: what else comes is thrown away. */
  stop(): void;
}

/** Carries a body to a program at the program's pace. `touch` is called whenever the program has taken something. */
export function feed(source: Readable, sink: Writable, touch: () => void): Feed {
  let isDone = false;
  let isBlocked = false;
  const take = (chunk: Buffer): void => {
    touch();
    if (sink.write(chunk)) return;
    isBlocked = true;
    source.pause();
  };
  const go = (): void => {
    isBlocked = false;
    touch();
    source.resume();
  };
  const finish = (): void => {
    isDone = true;
    touch();
    sink.end();
  };
  const stop = (): void => {
    if (isDone) return;
    isDone = true;
    source.off('data', take);
    source.off('end', finish);
    sink.off('drain', go);
    source.resume();
  };
  sink.on('drain', go);
  // A program need not read to the end (EPIPE).
  sink.once('error', stop);
  sink.once('close', stop);
  // A peer that leaves is seen by the exchange's signal.
  source.on('error', stop);
  source.on('end', finish);
  source.on('data', take);
  return {
    get isWaitingForSource() {
      return !isDone && !isBlocked;
    },
    stop,
  };
}
