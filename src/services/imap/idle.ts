import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';

import type { Line } from './command-reader.ts';
import { done, type Answer, type Visit } from './talk.ts';

// For file systems that tell nobody of changes, and when there are too many who want to know.
const pollMs = 15_000;

/** RFC 9051 6.3.13: tells what happens in the mailbox, until the peer has had enough. */
export async function idle(visit: Visit): Promise<Answer> {
  const { out, reader, view } = visit;
  out.text('+ Idling\r\n');
  if (!(await out.flush())) return null;
  using changes = watchFolder(view?.folder.path ?? null);
  let line: Line | null | undefined;
  const over = reader.line().then((said) => {
    line = said;
    changes.wake();
  });
  // A change may have come before anybody watched.
  while (line === undefined) {
    if (view !== null) out.text(await view.refresh({ mayExpunge: true }));
    if (!(await out.flush())) break;
    await changes.next();
  }
  await over;
  if (line == null) return null;
  return line !== 'overlong' && /^done$/i.test(line.toString('latin1')) ? done : 'BAD DONE is missing';
}

interface Changes extends Disposable {
  /** Resolves when something may have changed since the last time, or somebody was woken. */
  next(): Promise<void>;
  wake(): void;
}

function watchFolder(path: string | null): Changes {
  let isWoken = false;
  let go = (): void => {};
  const wake = (): void => {
    isWoken = true;
    go();
  };
  const watchers = path === null ? [] : ['new', 'cur'].flatMap((part) => watchOne(join(path, part), wake) ?? []);
  const timer = path === null ? undefined : setInterval(wake, pollMs);
  return {
    async next() {
      if (!isWoken) {
        await new Promise<void>((resolve) => {
          go = resolve;
        });
      }
      isWoken = false;
    },
    wake,
    [Symbol.dispose]() {
      for (const watcher of watchers) watcher.close();
      clearInterval(timer);
    },
  };
}

/** null: nobody tells. */
function watchOne(path: string, wake: () => void): FSWatcher | null {
  try {
    return watch(path, wake).on('error', () => {});
  } catch {
    return null;
  }
}
