import type { Socket } from 'node:net';

/** What comes to its end by the peer's end, the connection's, a signal, or the one who takes the chunks. */
export interface Receiving {
  /** One chunk is being taken. `next` is called when it is, unless something has failed. */
  run(taking: Promise<void>, next: () => void): void;
  /** Resolves when the peer has ended and all is taken. Nothing is being taken any more when it rejects, either. */
  until(socket: Socket): Promise<void>;
}

export function settleReceiving(signal: AbortSignal): Receiving {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isTaking = false;
  let hasEnded = false;
  let failure: { readonly error: unknown } | null = null;

  const settle = (): void => {
    if (isTaking) return;
    if (failure !== null) reject(failure.error);
    else if (hasEnded) resolve();
  };
  const fail = (error: unknown): void => {
    failure ??= { error };
    settle();
  };
  const onEnd = (): void => {
    hasEnded = true;
    settle();
  };
  const onClose = (): void => {
    if (!hasEnded) fail(Object.assign(new Error('the connection was lost'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }));
  };
  const onAbort = (): void => fail(signal.reason);

  return {
    run(taking, next) {
      isTaking = true;
      taking.then(
        () => {
          isTaking = false;
          if (failure === null) next();
          settle();
        },
        (error: unknown) => {
          isTaking = false;
          fail(error);
        },
      );
    },
    async until(socket) {
      socket.on('end', onEnd);
      socket.on('error', fail);
      socket.on('close', onClose);
      signal.addEventListener('abort', onAbort);
      try {
        if (socket.readableEnded) onEnd();
        else if (socket.destroyed) onClose();
        await promise;
      } finally {
        socket.off('end', onEnd);
        socket.off('error', fail);
        socket.off('close', onClose);
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}
