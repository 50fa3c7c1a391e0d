import type { ServiceModule } from '../contract/service.ts';

/** All built-in service types, by name. The only list. Each is loaded when a configuration first names it. */
export const services: ServiceLoaders = new Map(
  Object.entries({
    echo: async () => (await import('./echo.ts')).default,
    discard: async () => (await import('./discard.ts')).default,
    daytime: async () => (await import('./daytime.ts')).default,
    time: async () => (await import('./time.ts')).default,
    chargen: async () => (await import('./chargen.ts')).default,
    qotd: async () => (await import('./qotd.ts')).default,
    exec: async () => (await import('./exec/index.ts')).default,
    forward: async () => (await import('./forward/index.ts')).default,
    chat: async () => (await import('./chat/index.ts')).default,
    http: async () => (await import('./http/index.ts')).default,
    cgi: async () => (await import('./cgi.ts')).default,
    smtp: async () => (await import('./smtp/index.ts')).default,
    pop3: async () => (await import('./pop3/index.ts')).default,
    imap: async () => (await import('./imap/index.ts')).default,
    tftp: async () => (await import('./tftp/index.ts')).default,
    gopher: async () => (await import('./gopher/index.ts')).default,
    finger: async () => (await import('./finger/index.ts')).default,
    ftp: async () => (await import('./ftp/index.ts')).default,
    sftp: async () => (await import('./sftp/index.ts')).default,
    syslog: async () => (await import('./syslog/index.ts')).default,
    xmlrpc: async () => (await import('./xmlrpc.ts')).default,
  } satisfies Record<string, () => Promise<ServiceModule>>),
);

export type ServiceLoaders = ReadonlyMap<string, () => Promise<ServiceModule>>;

/** The modules of these types, or of all; names that are no type of ours are left out. */
export async function loadServices(
  names: Iterable<string> = services.keys(),
): Promise<ReadonlyMap<string, ServiceModule>> {
  const loaded = new Map<string, ServiceModule>();
  for (const name of names) {
    const module = await services.get(name)?.();
    if (module !== undefined) loaded.set(name, module);
  }
  return loaded;
}
