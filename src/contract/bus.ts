/** What survives `JSON.stringify`. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * What workers need of each other: publish and subscribe between all workers of one daemon, old and new generations
 * alike. Messages go through the master, in order per sender. Nobody hears itself.
 */
export interface Bus {
  /** This worker's name on the bus, unique for the daemon's life. */
  readonly id: string;
  publish(topic: string, message: Json): void;
  /** Returns the function that ends the subscription. */
  subscribe(topic: string, listener: (message: Json, from: string) => void): () => void;
  /** Asks every other worker that answers this topic; waits for all of them, or a second at the most. */
  request(topic: string, message: Json): Promise<{ readonly from: string; readonly reply: Json }[]>;
  /** Returns the function that stops answering. */
  answer(topic: string, handler: (message: Json, from: string) => Json): () => void;
  /** Takes a name that only one worker can hold at a time; false when another has it. Given back by `release` or by the worker's end. */
  claim(name: string): Promise<boolean>;
  release(name: string): void;
  /** Calls back with the id of a worker that has ended. */
  onGone(listener: (id: string) => void): () => void;
}
