import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { stringify } from 'yaml';

import { loadConfig } from '../config/load.ts';
import type { SessionReport } from '../contract/channel.ts';
import type { Status } from '../contract/control.ts';
import { ConfigError } from '../contract/errors.ts';
import type { Plan } from '../contract/plan.ts';
import type { ServiceModule } from '../contract/service.ts';
import { createDaemon as createMaster, type Daemon as Master } from '../master/daemon.ts';
import { services as builtIn } from '../services/index.ts';
import { libc } from '../system/libc.ts';
import { makeOpenFolder } from '../system/open-folder.ts';
import { loadModule } from '../worker/load-module.ts';
import { createInProcessLauncher } from './in-process-worker.ts';

/** The configuration as in the file: `{ services: { echo: { listen: 'tcp://127.0.0.1:0' } } }`. */
export type Configuration = Readonly<Record<string, unknown>>;

export interface EmbeddedOptions {
  /** Folder that paths in the configuration are relative to. Default: the working directory. */
  readonly folder?: string;
  /** Service types of one's own, by their names, beside the built-in ones. */
  readonly types?: readonly ServiceModule[];
}

/** A daemon within this program. */
export interface EmbeddedDaemon extends AsyncDisposable {
  /** Folder of what it keeps: spool, mailboxes, homes. One of its own that goes with it, unless the configuration names one. */
  readonly state: string;
  /** What it listens to, with the ports that 0 has become: "tcp://127.0.0.1:40123". Throws for what there is not. */
  address(service: string, listener?: number): string;
  /** Of that address. */
  port(service: string, listener?: number): number;
  status(): Promise<Status>;
  sessions(): Promise<readonly SessionReport[]>;
  /** False: there is no such session. */
  kick(id: string): Promise<boolean>;
  /** Puts another configuration in force, whole or not at all. Sessions go on. */
  change(configuration: Configuration): Promise<void>;
  /** Its log lines so far, where the configuration does not say where they go. */
  log(): Promise<string>;
  /** Lets sessions come to their end within `daemon.drain`, then ends. */
  stop(): Promise<void>;
  /** Ends at once. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Runs a daemon within this program: for tests, and for programs that want to be reached by more than one protocol. It resolves when
 * all services serve. Everything happens in this process: nothing is isolated, no user is changed, and a module that
 * throws where nobody catches it ends the program. Throws a ConfigError with all mistakes, a BindError, or an Error for a service that
 * cannot start.
 */
export async function createDaemon(
  configuration: Configuration,
  { folder = process.cwd(), types: given = [] }: EmbeddedOptions = {},
): Promise<EmbeddedDaemon> {
  if (libc === null) throw new Error('a daemon within a program needs node:ffi, which this Node.js does not have');
  const scratch = await mkdtemp(join(tmpdir(), 'portico-'));
  const own = new Map(given.map((module) => [module.name, module]));
  const load = (wanted: Configuration): Promise<Plan> => planFrom(wanted, { folder, scratch, own });
  let wanted = configuration;
  const removeScratch = (): Promise<void> => rm(scratch, { recursive: true, force: true });
  let master: Master;
  let state: string;
  try {
    const plan = await load(wanted);
    state = plan.daemon.state;
    makeOpenFolder(state);
    master = createMaster({
      version: await ownVersion(),
      launcher: createInProcessLauncher(own),
      load: () => load(wanted),
    });
    await startWhole(master, plan);
  } catch (error) {
    await removeScratch();
    throw error;
  }
  let latest = await master.status();
  let ended: Promise<void> | undefined;
  const end = (): Promise<void> => {
    ended ??= master.stopped.then(() => master.log.close()).then(removeScratch);
    return ended;
  };
  const addressOf = (service: string, listener = 0): string => {
    const address = latest.services.find(({ name }) => name === service)?.listeners[listener]?.address;
    if (address === undefined) throw new Error(`there is no listener ${listener} of a service ${service}`);
    return address;
  };
  return {
    state,
    address: addressOf,
    port: (service, listener) => Number(/:(\d+)$/.exec(addressOf(service, listener))?.[1] ?? 0),
    status: () => master.status(),
    sessions: () => master.sessions(),
    kick: (id) => master.kick(id),
    async change(next) {
      const before = wanted;
      wanted = next;
      try {
        await master.reload();
      } catch (error) {
        wanted = before;
        throw error;
      }
      latest = await master.status();
    },
    log: () => readFile(logFile(scratch), 'utf8'),
    stop() {
      master.stop();
      return end();
    },
    async [Symbol.asyncDispose]() {
      // The second time ends at once what the first lets end.
      master.stop();
      master.stop();
      await end();
    },
  };
}

async function startWhole(master: Master, plan: Plan): Promise<void> {
  try {
    await master.start(plan);
    const failed = (await master.status()).services.filter(({ state }) => state === 'failed');
    if (failed.length > 0) throw new Error(failed.map(({ name, error }) => `service ${name}: ${error}`).join('\n'));
  } catch (error) {
    master.stop();
    master.stop();
    await master.stopped;
    await master.log.close();
    throw error;
  }
}

interface Place {
  readonly folder: string;
  readonly scratch: string;
  readonly own: ReadonlyMap<string, ServiceModule>;
}

async function planFrom(configuration: Configuration, { folder, scratch, own }: Place): Promise<Plan> {
  needObject(configuration);
  const { daemon = {} } = configuration;
  const whole = {
    logging: { outputs: [{ file: logFile(scratch) }] },
    ...configuration,
    daemon: isObject(daemon) ? { state: join(scratch, 'state'), ...daemon } : daemon,
  };
  // Only for what paths are relative to.
  const file = resolve(folder, 'configuration');
  const plan = await loadConfig(file, {
    types: new Map<string, ServiceModule | (() => Promise<ServiceModule>)>([...builtIn, ...own]),
    loadModule,
    text: stringify(whole, { aliasDuplicateObjects: false }),
  }).catch((error: unknown) => {
    throw error instanceof ConfigError ? withoutFile(error, file) : error;
  });
  return {
    ...plan,
    daemon: { ...plan.daemon, ...asWeAre, workers: 1, memory: Infinity },
    services: plan.services.map((service) => ({ ...service, user: null, group: null })),
  };
}

function needObject(configuration: unknown): void {
  if (isObject(configuration)) return;
  const got = configuration === null ? 'null' : Array.isArray(configuration) ? 'a list' : typeof configuration;
  throw new TypeError(
    `expected a configuration such as { services: { echo: { listen: 'tcp://127.0.0.1:0' } } }, got ${got}`,
  );
}

function isObject(value: unknown): value is Configuration {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong stands in an object, where paths are places and lines are none. */
function withoutFile({ mistakes }: ConfigError, file: string): ConfigError {
  return new ConfigError(mistakes.map((mistake) => (mistake.file === file ? { ...mistake, file: '' } : mistake)));
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

// There is one process, and it stays who it is.
const asWeAre = process.getuid?.() === 0 ? { user: 'root', group: null } : { user: null, group: null };

function logFile(scratch: string): string {
  return join(scratch, 'portico.log');
}
