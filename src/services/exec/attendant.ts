import { formatEndpoint } from '../../contract/endpoint.ts';
import { reasonOf } from '../../contract/errors.ts';
import type { Service, ServiceContext, ServiceSocket } from '../../contract/service.ts';
import { socketEnvironment } from './environment.ts';
import type { LoadGate } from './load-gate.ts';
import { createLoopGuard, type Run } from './loop-guard.ts';
import type { ExecOptions } from './options.ts';
import { pause } from './pause.ts';
import { startProgram } from './start-program.ts';
import { takeTurn } from './turn.ts';

/** inetd's `wait`: when something arrives, a program gets the socket; when it has ended, the socket is watched again. */
export function createAttendant(options: ExecOptions, context: ServiceContext, gate: LoadGate): Service {
  const stopping = new AbortController();
  // When to start nothing new; a program that runs goes on until `stop`.
  const closing = AbortSignal.any([context.draining, stopping.signal]);
  const attended: Promise<void>[] = [];
  return {
    socket(socket) {
      const done = attend({ socket, options, context, gate, closing, stopping: stopping.signal });
      attended.push(done);
      return done;
    },
    async stop() {
      stopping.abort();
      await Promise.all(attended);
    },
  };
}

interface Attendance {
  readonly socket: ServiceSocket;
  readonly options: ExecOptions;
  readonly context: ServiceContext;
  readonly gate: LoadGate;
  readonly closing: AbortSignal;
  readonly stopping: AbortSignal;
}

async function attend(attendance: Attendance): Promise<void> {
  const { socket, context, closing } = attendance;
  const name = `exec/${context.name}/${socket.transport}/${formatEndpoint(socket.local)}`;
  // All workers watch the same socket, but only one program shall have it, also while the worker of an older
  // configuration still waits for its own to end.
  const giveUpTurn = await takeTurn(context.bus, name, closing);
  if (giveUpTurn === null) return;
  const guard = createLoopGuard();
  try {
    while (!closing.aborted) {
      const run = await runOnce(attendance);
      const pauseMs = closing.aborted ? 0 : guard.pauseAfter(run);
      if (pauseMs === 0) continue;
      context.log.warning(`the program ends at once over and over: next start in ${pauseMs / 1000} s`);
      await pause(pauseMs, closing);
    }
  } finally {
    giveUpTurn();
  }
}

/** Waits until something arrives, starts the program for it, and waits until it has ended. */
async function runOnce(attendance: Attendance): Promise<Run> {
  const { socket, options, context, closing, stopping } = attendance;
  const askedAt = performance.now();
  let startedAt = askedAt;
  try {
    await socket.readable(closing);
    await waitForLoad(attendance);
    startedAt = performance.now();
    const env = socketEnvironment(context.name, socket.transport, socket.local);
    const { ended } = startProgram({ options, context, env, log: context.log, socket: socket.fd, signal: stopping });
    const { status } = await ended;
    return {
      waitedMs: startedAt - askedAt,
      ranMs: performance.now() - startedAt,
      outcome: status === 0 ? 'done' : 'failed',
    };
  } catch (error) {
    if (!closing.aborted) context.log.err(`cannot start the program: ${reasonOf(error)}`);
    return { waitedMs: startedAt - askedAt, ranMs: 0, outcome: 'not started' };
  }
}

/** What came stays in the socket until the machine has time for it. */
async function waitForLoad({ gate, context, closing }: Attendance): Promise<void> {
  const refusal = gate.refusal();
  if (refusal === null) return;
  context.log.notice(`no program is started for now: ${refusal}`, { event: 'program.refused', reason: 'load' });
  while (!closing.aborted && gate.refusal() !== null) await pause(lookAgainMs, closing);
  closing.throwIfAborted();
}

const lookAgainMs = 1_000;
