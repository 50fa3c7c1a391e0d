import { TemporaryError } from '../contract/errors.ts';

/** A connection to a server, as a pool of them sees it. */
export interface Link {
  /** It can take another task. */
  readonly isUsable: boolean;
  /** Politely. */
  close(): void;
  /** At once, whatever is under way. */
  destroy(): void;
}

/** Connections that are kept for a while: one is opened when none is idle, so that tasks never wait for each other. */
export interface LinkPool<L extends Link> {
  /** Runs a task with a connection of its own. At the abort it is cut. */
  use<T>(task: (link: L) => Promise<T>, signal: AbortSignal): Promise<T>;
  close(): void;
}

export interface LinkPoolOptions<L extends Link> {
  open(signal: AbortSignal): Promise<L>;
  /** How long one is kept that nobody needs. */
  readonly idleMs: number;
  /** Tasks that one may be used for. */
  readonly maxUses: number;
}

interface Used<L> {
  readonly link: L;
  readonly uses: number;
  /** The connection had gone when its task failed. */
  isLost: boolean;
}

interface Idle<L> extends Used<L> {
  readonly timer: NodeJS.Timeout;
}

export function createLinkPool<L extends Link>({ open, idleMs, maxUses }: LinkPoolOptions<L>): LinkPool<L> {
  const idle: Idle<L>[] = [];
  let isClosed = false;
  return {
    async use(task, signal) {
      signal.throwIfAborted();
      const kept = takeIdle();
      if (kept !== null) {
        try {
          return await run(kept, task, signal);
        } catch (error) {
          // The server may have closed it at the moment when we used it again.
          if (signal.aborted || !kept.isLost || !(error instanceof TemporaryError)) throw error;
        }
      }
      return run({ link: await open(signal), uses: 0, isLost: false }, task, signal);
    },
    close() {
      isClosed = true;
      for (let kept = takeIdle(); kept !== null; kept = takeIdle()) kept.link.close();
    },
  };

  async function run<T>(used: Used<L>, task: (link: L) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { link } = used;
    const cut = (): void => link.destroy();
    signal.addEventListener('abort', cut, { once: true });
    try {
      signal.throwIfAborted();
      const result = await task(link);
      if (isClosed || used.uses + 1 >= maxUses || !link.isUsable) link.close();
      else keep(link, used.uses + 1);
      return result;
    } catch (error) {
      used.isLost = !link.isUsable;
      link.destroy();
      throw error;
    } finally {
      signal.removeEventListener('abort', cut);
    }
  }

  function keep(link: L, uses: number): void {
    const kept: Idle<L> = {
      link,
      uses,
      isLost: false,
      timer: setTimeout(() => {
        idle.splice(idle.indexOf(kept), 1);
        link.close();
      }, idleMs),
    };
    kept.timer.unref();
    idle.push(kept);
  }

  /** The one that was used last: the others may come to their end. */
  function takeIdle(): Idle<L> | null {
    for (let kept = idle.pop(); kept !== undefined; kept = idle.pop()) {
      clearTimeout(kept.timer);
      if (kept.link.isUsable) return kept;
      kept.link.destroy();
    }
    return null;
  }
}
