import type { Dialogue } from './dialogue.ts';

/** Over how long a dialogue may go on. */
export interface Watch extends Disposable {
  /** Aborted with the reason for the end: a limit's, a kick's, "login" when nobody logs in, "drain" when nobody has yet. */
  readonly signal: AbortSignal;
}

export function watchOver(dialogue: Dialogue): Watch {
  const { session, house } = dialogue;
  const { stopping } = house.context;
  const controller = new AbortController();
  const follow = (): void => controller.abort(session.signal.reason);
  // Nobody who has logged in is sent away because the daemon ends; everybody else is.
  const drain = (): void => {
    if (dialogue.guest === null) controller.abort('drain');
  };
  const timer = setTimeout(() => {
    if (dialogue.guest === null) controller.abort('login');
  }, house.options.login_timeout);
  if (session.signal.aborted) follow();
  else if (stopping.aborted) drain();
  session.signal.addEventListener('abort', follow, { once: true });
  stopping.addEventListener('abort', drain, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      session.signal.removeEventListener('abort', follow);
      stopping.removeEventListener('abort', drain);
    },
  };
}
