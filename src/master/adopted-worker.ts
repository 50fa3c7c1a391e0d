import { createQuestions } from '../worker/questions.ts';
import type { PoolEvents, PoolWorker } from './pool.ts';
import type { KnownWorker } from './upgrade.ts';
import { adoptWorkerProcess } from './worker-process.ts';

/** A worker that the master's previous image started. It belongs to no pool any more: it is there to finish its sessions. */
export function adoptWorker(known: KnownWorker, events: PoolEvents): PoolWorker {
  const questions = createQuestions();
  const process = adoptWorkerProcess(known, (message) => {
    if (message.type === 'reply') questions.answered(message.id, message.value);
    else if (message.type === 'pong') worker.rss = message.rss;
    else events.message(worker, message);
  });
  const worker: PoolWorker = {
    process,
    pool: known.pool,
    generation: known.generation,
    restarts: known.restarts,
    rss: 0,
    ask: (what, argument, timeoutMs) =>
      questions.ask((id) => process.send({ type: 'ask', id, what, argument }), timeoutMs),
  };
  events.joined(worker);
  void process.exited.then((exit) => {
    questions.close();
    events.left(worker, exit, true);
  });
  return worker;
}
