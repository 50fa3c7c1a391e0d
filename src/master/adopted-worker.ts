import type { ToMaster } from '../contract/channel.ts';
import { createQuestions } from '../worker/questions.ts';
import { guarded, type PoolEvents, type PoolWorker } from './pool.ts';
import { createPulse } from './pulse.ts';
import type { KnownWorker } from './upgrade.ts';
import { adoptWorkerProcess } from './worker-process.ts';

/** A worker that the master's previous image started. It belongs to no pool any more: it is there to finish its sessions. */
export function adoptWorker(known: KnownWorker, events: PoolEvents): PoolWorker {
  const questions = createQuestions();
  const receive = (message: ToMaster): void => {
    pulse.heard();
    if (message.type === 'reply') questions.answered(message.id, message.value);
    else if (message.type === 'pong') worker.rss = message.rss;
    else events.message(worker, message);
  };
  const process = adoptWorkerProcess(
    known,
    guarded(() => worker, events, receive),
  );
  const worker: PoolWorker = {
    process,
    pool: known.pool,
    generation: known.generation,
    restarts: known.restarts,
    rss: 0,
    ask: (what, argument, timeoutMs) =>
      questions.ask((id) => process.send({ type: 'ask', id, what, argument }), timeoutMs),
  };
  const pulse = createPulse({
    ping: () => process.send({ type: 'ping' }),
    silent() {
      events.unresponsive(worker);
      process.kill('SIGKILL');
    },
  });
  // It has its code since the image before this one.
  pulse.begun();
  events.joined(worker);
  process.send({ type: 'again' });
  void process.exited.then((exit) => {
    pulse.end();
    questions.close();
    events.left(worker, exit, true);
  });
  return worker;
}
