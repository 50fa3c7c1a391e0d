import type { DevLog } from '../../system/devlog.ts';
import { openDevLog } from '../../system/devlog.ts';
import type { Link, OpenLink } from '../link.ts';

const askAgainMs = 20;

/** The machine's own log socket, such as /dev/log. */
export function createLocalTarget(path: string, open: (path: string) => DevLog = openDevLog): OpenLink {
  return (listener) => {
    listener.opened(createLocalLink(open(path), path));
    return () => {};
  };
}

function createLocalLink(log: DevLog, path: string): Link {
  let askingAgain: NodeJS.Timeout | undefined;
  let giveUp: (() => void) | undefined;
  return {
    send(lines, done) {
      let sent = 0;
      giveUp = () => done(new Error('closed while sending'), sent);
      proceed();

      function proceed(): void {
        for (; sent < lines.length; sent += 1) {
          const outcome = log.send(Buffer.from(lines[sent]!));
          if (outcome === 'down') return finish(new Error(`nothing listens at ${path}`));
          if (outcome === 'full') {
            askingAgain = setTimeout(proceed, askAgainMs);
            return;
          }
        }
        finish(null);
      }

      function finish(error: Error | null): void {
        giveUp = undefined;
        done(error, sent);
      }
    },
    sendNow(lines) {
      for (const line of lines) log.send(Buffer.from(line));
    },
    close() {
      clearTimeout(askingAgain);
      log.close();
      const tell = giveUp;
      giveUp = undefined;
      tell?.();
    },
  };
}
