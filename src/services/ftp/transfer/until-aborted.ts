/** The task, or the signal's reason if that is aborted before: what never ends is not waited for. */
export function untilAborted<T>(task: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    void task.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
