import { formatEndpoint } from '../../contract/endpoint.ts';
import type { Service, ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';
import { readChunks } from '../../wire/lines.ts';
import { createSyslogFrames, giveFrame } from '../../wire/syslog-frames.ts';
import type { Sender } from './gatherer.ts';
import type { SyslogOptions } from './options.ts';
import { createOutlets } from './outlets.ts';

const messages = {
  name: 'portico_syslog_messages_total',
  help: 'Syslog messages that came.',
  labelNames: ['service'],
};

/** A syslog service: takes messages, answers nothing. */
export async function createSyslogService(options: SyslogOptions, context: ServiceContext): Promise<Service> {
  const { max_message: maxBytes } = options;
  const outlets = await createOutlets(options, context);
  const counter = context.metrics.counter(messages).of({ service: context.name });
  const put = (bytes: Buffer, isCut: boolean, { sender, peer, waits }: From): void => {
    counter.increase();
    outlets.put({ bytes, isCut, peer, received: Date.now() }, sender, waits);
  };

  return {
    async connection(session) {
      const from: From = {
        sender: { session: session.id, peer: session.peer },
        peer: formatEndpoint(session.peer),
        waits: true,
      };
      const frames = createSyslogFrames({ maxBytes });
      const take = (bytes: Buffer, isCut: boolean): void => put(bytes, isCut, from);
      using _ = endWithWorker(session, context.draining);
      try {
        for await (const chunk of readChunks(session.stream, session.signal)) {
          // Nothing is read meanwhile: TCP makes the sender wait. Many that wait are let in one by one, as long as there is room.
          while (outlets.isFull && !session.signal.aborted) await outlets.room(session.signal);
          frames.push(chunk, take);
        }
      } finally {
        // Also of a connection that was lost.
        frames.end(take);
      }
    },
    datagram({ data, peer }) {
      const from: From = { sender: { session: null, peer }, peer: formatEndpoint(peer), waits: false };
      giveFrame(data, maxBytes, false, (bytes, isCut) => put(bytes, isCut, from));
    },
    drain: outlets.flush,
    stop: outlets.close,
  };
}

interface From {
  readonly sender: Sender;
  readonly peer: string;
  readonly waits: boolean;
}

/**
 * Senders stay for days, and what they write to a connection that is just being closed is lost. Our end is closed first, so that they
 * come again elsewhere, and what they send until they see it is still read.
 */
function endWithWorker({ stream }: Session, draining: AbortSignal): Disposable {
  const end = (): void => void stream.end();
  if (draining.aborted) end();
  draining.addEventListener('abort', end, { once: true });
  return { [Symbol.dispose]: () => draining.removeEventListener('abort', end) };
}
