import type { Configuration, EmbeddedDaemon, EmbeddedOptions } from './create-daemon.ts';

export type { Configuration, EmbeddedDaemon, EmbeddedOptions };

/** See `create-daemon.ts`, which is loaded when it is first called: a module of services imports this package too. */
export async function createDaemon(configuration: Configuration, options?: EmbeddedOptions): Promise<EmbeddedDaemon> {
  const { createDaemon: create } = await import('./create-daemon.ts');
  return await create(configuration, options);
}
