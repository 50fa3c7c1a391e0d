import { feed } from '../gateway/feed.ts';
import { relayOutput, type Relayed } from '../gateway/relay-output.ts';
import { relayRaw } from '../gateway/relay-raw.ts';
import { watchSilence } from '../gateway/silence.ts';
import { HttpError } from '../route.ts';
import { endProgram } from './end-program.ts';
import { startScript, type ScriptStart } from './start-script.ts';

export interface ScriptRun extends ScriptStart {
  readonly timeoutMs: number;
  /** Those that run: each is a function that ends the program. */
  readonly running: Set<() => void>;
}

export interface RunningScript {
  /** Rejects with an HttpError where the program gave no answer. */
  readonly answered: Promise<Relayed>;
  /** The program has ended, and what it said was passed on. */
  readonly over: Promise<void>;
}

/** Runs a program for one request. Throws an HttpError when it cannot be started. */
export function runScript(run: ScriptRun): RunningScript {
  const { exchange, script, body, running } = run;
  const child = startScript(run);
  const output = child.stdout!;
  const touch = (): void => silence.touch();
  const relay = (script.isRaw ? relayRaw : relayOutput)({ exchange, output, source: script.file, touch });
  const input = child.stdin === null || body.stream === null ? null : feed(body.stream, child.stdin, touch);
  const end = (status: number, message: string): void => {
    relay.fail(new HttpError(status, message));
    endProgram(child);
  };
  const silence = watchSilence({
    timeoutMs: run.timeoutMs,
    stream: exchange.session.stream,
    isPeersTurn: () => relay.isBlocked || input?.isWaitingForSource === true,
    fallen() {
      exchange.session.log.warning(`${script.file} was silent for ${run.timeoutMs / 1000} s and is ended`);
      end(504, 'The program took too long.');
    },
    left: () => leave(),
  });
  const leave = (): void => end(503, 'The program was ended.');
  const { signal } = exchange;
  signal.addEventListener('abort', leave);
  running.add(leave);
  if (signal.aborted) leave();
  const over = relay.done
    .catch(() => endProgram(child))
    .then(async () => {
      // Whoever has asked has their answer. The program may go on, for as long as it may be silent.
      signal.removeEventListener('abort', leave);
      input?.stop();
      await child.exited;
      running.delete(leave);
      silence.end();
      // Somebody that it has started may still hold the other end.
      output.destroy();
    });
  return { answered: relay.done, over };
}
