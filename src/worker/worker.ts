import type { Json } from '../contract/bus.ts';
import type { SessionEvent, StartMessage, ToMaster, ToWorker, WorkerService } from '../contract/channel.ts';
import { reasonOf } from '../contract/errors.ts';
import type { Challenge, RegistryRequest } from '../contract/registry.ts';
import { usePortNames } from '../contract/options.ts';
import type { ServiceModule } from '../contract/service.ts';
import { createConfirmedNames } from '../listeners/confirmed-names.ts';
import { createDescriptorGuard } from '../listeners/descriptor-guard.ts';
import type { ListenerEvents } from '../listeners/listener.ts';
import { createSessionTable } from '../listeners/session-table.ts';
import type { LiveSession } from '../listeners/session.ts';
import { createCounters } from '../logging/counters.ts';
import { createLogging } from '../logging/logging.ts';
import { createPeerNames } from '../logging/peer-names.ts';
import { createSessionEvents, type SessionEvents } from '../logging/session-events.ts';
import { descriptorLimit } from '../system/descriptor-limit.ts';
import { findPort } from '../system/ports.ts';
import { becomeUser } from '../system/users.ts';
import { residentBytes } from '../system/resident-memory.ts';
import { createWorkerBus } from './bus.ts';
import { loadModule } from './load-module.ts';
import { createAuthenticate } from './authenticate.ts';
import { createChallenges } from './challenges.ts';
import { createDrain } from './drain.ts';
import { createQuestions } from './questions.ts';
import { createRegistryClient } from './registry-client.ts';
import type { OwnModules } from './own-modules.ts';
import { createOwnServices } from './own-services.ts';
import { createServiceContexts } from './service-context.ts';
import { createServiceHost, type ServiceHost } from './service-host.ts';
import { createWorkerSpool } from './spool.ts';

/** One worker process: the services of one pool, their sessions, and what the master asks of it. */
export interface Worker {
  /** Starts the services one after the other and says "ready" to the master, with those that failed. */
  begin(): Promise<void>;
  receive(message: Exclude<ToWorker, StartMessage>): void;
  /** Ends what is left at once, and waits until it has ended. */
  stop(): Promise<void>;
  /** A service threw where nobody catches it: logs that before the process ends. */
  crashed(error: unknown): void;
}

type Question = Extract<ToMaster, { type: 'ask' }>['what'];

export interface WorkerOptions {
  readonly start: StartMessage;
  readonly types: ReadonlyMap<string, ServiceModule>;
  /** Makers of the house's own services, where this worker is the process of one. */
  readonly own: OwnModules;
  send(message: ToMaster): void;
  /** Takes the next descriptor that the master passed, with the log file's path. */
  receiveDescriptors(): ReadonlyMap<string, number>;
  /** After the last session of a drain, or at its deadline: the process shall end. */
  exit(): void;
}

export function createWorker(options: WorkerOptions): Worker {
  const { start, send } = options;
  usePortNames(findPort);
  const logging = createLogging({ plan: start.logging, name: start.daemon.name, files: start.logFiles });
  // Whatever needs the master's rights is open by now; from here on nothing does.
  if (start.identity !== null) becomeUser(start.identity);

  const counters = createCounters();
  const peerNames = start.logging.resolve ? createPeerNames() : undefined;
  const questions = createQuestions();
  const ask = (what: Question, argument: Json = null, timeoutMs?: number): Promise<Json> =>
    questions.ask((id) => send({ type: 'ask', id, what, argument }), timeoutMs);
  const registry = createRegistryClient({ start, send, ask: (argument, ms) => ask('registry', argument, ms) });
  const bus = createWorkerBus({
    id: start.id,
    send,
    ask,
    failed: (topic, error) => logging.logger.err(`bus ${topic}: ${reasonOf(error)}`),
  });
  const challenges = createChallenges(start.challenges);
  const own = createOwnServices({ modules: options.own, logging, counters, send, ask, acmeAnswer: challenges.answer });
  const types = new Map([...options.types, ...own.types]);
  const hosts: ServiceHost[] = [];
  const sessions = createSessionTable();
  const drain = createDrain({
    sessions,
    close: () => Promise.allSettled(hosts.map((host) => host.close())),
    exit: options.exit,
  });
  const stopping = new AbortController();
  const guard = createDescriptorGuard({
    limit: descriptorLimit(),
    onPause: () => logging.emit('listener.paused', { reason: 'descriptors', sessions: sessions.size }),
    onResume: () => logging.emit('listener.resumed', { sessions: sessions.size }),
  });
  const contextFor = createServiceContexts({
    bus,
    draining: drain.signal,
    stopping: stopping.signal,
    daemon: start.daemon,
    hasAccounts: start.hasAccounts ?? true,
    acmeAnswer: challenges.answer,
    metrics: counters,
    logger: logging.logger,
    desks: (floorWatch) => createWorkerSpool({ start, log: logging.logger, floorWatch, ask: registry.askAtOnce }),
    askRegistry: registry.ask,
  });
  const confirmedNames = createConfirmedNames();
  const sessionEvents: SessionEvents[] = [];
  const failed: Record<string, string> = {};
  const bound: Record<string, number> = {};
  let isFollowed = false;

  async function begin(): Promise<void> {
    for (const plan of start.services) {
      // Named before it starts: if the module ends the process or never returns, the master knows which one it was.
      send({ type: 'starting', service: plan.name });
      try {
        const host = await startService(plan);
        hosts.push(host);
        if (host.receives) counters.service(plan.name).expectItems();
        for (const [index, port] of host.bound) bound[`${plan.name}/${index}`] = port;
      } catch (error) {
        failed[plan.name] = reasonOf(error);
      }
    }
    send({ type: 'ready', failed, bound });
  }

  async function startService(plan: WorkerService): Promise<ServiceHost> {
    const module = types.get(plan.type) ?? (await loadModule(plan.type));
    const events = createSessionEvents({
      logging,
      counters,
      service: plan.name,
      // Whoever watches the daemon asks every few seconds.
      quiet: plan.type === 'admin',
      ...(peerNames ? { peerNames } : {}),
    });
    sessionEvents.push(events);
    return createServiceHost({
      plan,
      module,
      context: contextFor(plan, events),
      events: observe(events),
      certificates: start.certificates,
      ticketKeys: Buffer.from(start.ticketKeys, 'base64'),
      sessions,
      guard,
      confirmedNames,
      bans: registry.bans,
      challenges: challenges.all,
      authenticate: createAuthenticate({ plan, ask: registry.ask, bans: registry.bans, events }),
      touched: ({ address: source }) => {
        void registry.ask({ what: 'sensor', service: plan.name, source, ban: plan.limits.ban }).catch(() => {});
      },
      workers: start.workers,
    });
  }

  /** Adds what only the worker wants to know of sessions: whether a drain is over, and who follows them. */
  function observe(events: ListenerEvents): ListenerEvents {
    return {
      ...events,
      started(session) {
        events.started(session);
        if (isFollowed) follow('start', session as LiveSession);
      },
      ended(session, reason, seconds) {
        events.ended(session, reason, seconds);
        registry.note(session, reason, seconds);
        if (isFollowed) follow('end', session, { reason, duration: seconds });
        drain.sessionEnded();
      },
    };
  }

  function follow(event: SessionEvent['event'], session: LiveSession, more: Partial<SessionEvent> = {}): void {
    send({ type: 'session', event: { event, session: session.report(), ...more } });
  }

  async function reply(message: Extract<ToWorker, { type: 'ask' }>): Promise<void> {
    const value =
      message.what === 'registry'
        ? await own.answerAsRegistry(message.argument as unknown as RegistryRequest)
        : answer(message);
    send({ type: 'reply', id: message.id, value });
  }

  function answer(message: Extract<ToWorker, { type: 'ask' }>): Json {
    if (message.what === 'report') return report();
    if (message.what === 'challenge') {
      challenges.set(message.argument as unknown as Challenge[]);
      for (const host of hosts) host.showChallenges(challenges.all);
      return true;
    }
    if (message.what === 'sessions')
      return [...sessions.values()].slice(0, maxListed).map((session) => session.report()) as unknown as Json;
    const session = sessions.get(message.argument as string);
    session?.abort('kick');
    return session !== undefined;
  }

  function report(): Json {
    return { snapshot: counters.snapshot() as unknown as Json, sessions: sessions.size, rss: residentBytes() };
  }

  return {
    begin,
    receive(message) {
      switch (message.type) {
        case 'ping':
          return send({ type: 'pong', rss: residentBytes() });
        case 'ask':
          return void reply(message);
        case 'reply':
          return questions.answered(message.id, message.value);
        case 'bus':
        case 'bus-ask':
        case 'bus-gone':
          return bus.receive(message);
        case 'drain':
          if (message.isStopping === true) stopping.abort();
          return drain.begin(message.deadline);
        case 'stop':
          return options.exit();
        case 'follow':
          return void (isFollowed = message.on);
        case 'reopen':
          return logging.reopen(Object.fromEntries(options.receiveDescriptors()));
        case 'again':
          return registry.askAgain();
        case 'bans':
          return registry.bans.set(message.bans);
        case 'accounts':
        case 'journal':
          return own.toldAsRegistry(message);
        case 'queued':
          return own.wakeCourier(message);
        case 'certificates':
          for (const host of hosts) host.updateCertificates(message.certificates);
      }
    },
    async stop() {
      await drain.hurry();
      await Promise.allSettled(hosts.map((host) => host.stop()));
      questions.close();
      for (const events of sessionEvents) events.flush();
      registry.flush();
      send({ type: 'report', report: report() });
      await logging.flush();
      logging.flushSync();
    },
    crashed(error) {
      for (const events of sessionEvents) events.flush();
      logging.emit('worker.crash', { error: reasonOf(error), stack: error instanceof Error ? error.stack : undefined });
      logging.flushSync();
    },
  };
}

// Sessions that are listed: they have to fit into one message, or it would end this process.
const maxListed = 30_000;
