import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a webhook delivers to. */
export interface Receiver {
  readonly url: string;
  /** Takes requests, and does not answer. */
  hang(): void;
  /** Answers from now on, and counts anew. */
  answer(): Arrivals;
  close(): Promise<void>;
}

export interface Arrivals {
  count(): number;
  firstAt(): number;
  /** Resolves when so many have come; rejects when none comes for half a minute. */
  reach(count: number): Promise<void>;
}

const patienceMs = 30_000;

export async function openReceiver(): Promise<Receiver> {
  let arrive: (() => void) | null = null;
  const server = http.createServer((request, response) => {
    request.resume();
    if (arrive === null) return;
    const arrived = arrive;
    request.on('end', () => {
      arrived();
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    hang() {
      arrive = null;
    },
    answer() {
      server.closeAllConnections();
      const arrivals = createArrivals();
      arrive = arrivals.arrive;
      return arrivals;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function createArrivals(): Arrivals & { arrive(): void } {
  let count = 0;
  let firstAt = 0;
  let lastAt = performance.now();
  return {
    arrive() {
      count += 1;
      lastAt = performance.now();
      if (count === 1) firstAt = lastAt;
    },
    count: () => count,
    firstAt: () => firstAt,
    reach: (wanted) =>
      new Promise((resolve, reject) => {
        const timer = setInterval(() => {
          if (count < wanted && performance.now() - lastAt < patienceMs) return;
          clearInterval(timer);
          if (count >= wanted) resolve();
          else reject(new Error(`only ${count} of ${wanted} came`));
        }, 5);
      }),
  };
}
