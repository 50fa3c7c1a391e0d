export interface Ending extends Disposable {
  readonly signal: AbortSignal;
  readonly end: () => void;
}

/** Aborted with the session's signal, or by `end`. */
export function createEnding(signal: AbortSignal): Ending {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  return { signal: controller.signal, end, [Symbol.dispose]: () => signal.removeEventListener('abort', end) };
}
