import { SMTPServer, type SMTPServerSession } from 'smtp-server';

import type { Service, ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';
import type { MailChecks } from './checks.ts';
import { Connection, type Outcome } from './connection.ts';
import { createConversation, isForwarded, type Conversation } from './conversation.ts';
import { ownName, type SmtpOptions } from './options.ts';
import { createRecipients } from './recipients.ts';
import { faultReply, replies, replyFor, SmtpReply } from './reply.ts';
import { isPrivateConnection } from '../../wire/private-connection.ts';
import { createNetworkCheck } from './trust.ts';

// Idle peers are the session's to end; the library's own timer cannot be turned off, but be set to Node's longest.
const neverMs = 2 ** 31 - 1;
// RFC 4954 4: what AUTH may need.
const maxCommandBytes = 12_288;

/** An smtp service: smtp-server speaks, on sessions of ours. `checks`: null when none are asked for. */
export function createSmtpService(settings: SmtpOptions, context: ServiceContext, checks: MailChecks | null): Service {
  const hostname = ownName(settings);
  const recipients = createRecipients({ context, patterns: settings.recipients, hostname });
  const isProxy = createNetworkCheck(settings.xclient);
  const talks = new WeakMap<
    SMTPServerSession,
    { readonly conversation: Conversation; readonly connection: Connection }
  >();
  const connections = new Set<Connection>();
  const talkOf = (smtp: SMTPServerSession) => {
    const talk = talks.get(smtp);
    if (talk === undefined) throw new Error('a connection that is not of this service');
    return talk;
  };

  const server = new SMTPServer({
    name: hostname,
    // It would warn of a certificate of its own, which nobody gets to see.
    logger: false,
    disableReverseLookup: true,
    heloResponse: '%s',
    hideENHANCEDSTATUSCODES: false,
    size: settings.max_size,
    maxRecipients: settings.max_recipients,
    maxCommandLength: maxCommandBytes,
    socketTimeout: neverMs,
    authMethods: ['PLAIN', 'LOGIN'],
    // Who has to log in, and where one may, is decided here.
    authOptional: true,
    allowInsecureAuth: true,
    useXClient: true,
    // At once: whoever has just started TLS speaks first, and must not be found to speak too soon.
    onConnect: (_, callback) => callback(),
    onSecure: (_socket, _session, callback) => callback(),
    onAuth(auth, smtp, callback) {
      if (auth.method === 'XCLIENT') return callback(new SmtpReply(550, '5.7.0 LOGIN is not taken from proxies'));
      settle(talkOf(smtp).conversation.login(auth), (user) => callback(null, { user }), callback);
    },
    onMailFrom(address, smtp, callback) {
      settle(
        Promise.try(() => talkOf(smtp).conversation.from(address)),
        () => callback(),
        callback,
      );
    },
    onRcptTo(address, smtp, callback) {
      settle(talkOf(smtp).conversation.to(address), () => callback(), callback);
    },
    onData(stream, smtp, callback) {
      const { conversation, connection } = talkOf(smtp);
      const done = (): void => {
        if (context.stopping.aborted) sayShutdown(connection);
      };
      settle(
        conversation.data(stream),
        (said) => {
          if (said === null) return;
          callback(null, said);
          done();
        },
        (reply) => {
          callback(reply);
          done();
        },
      );
    },
    onClose: (smtp) => talks.get(smtp)?.connection.gone(),
  });
  server.on('error', () => {});
  const onDrain = (): void => {
    for (const connection of connections) if (!connection.isInTransaction) sayShutdown(connection);
  };
  context.stopping.addEventListener('abort', onDrain, { once: true });

  return {
    async connection(session) {
      let outcome = await talk(session, true);
      while (outcome === 'tls') {
        await session.startTls();
        outcome = await talk(session, false);
      }
    },
    stop: () => context.stopping.removeEventListener('abort', onDrain),
  };

  async function talk(session: Session, greets: boolean): Promise<Outcome> {
    const connection = new Connection(server, {
      session,
      greets,
      maxErrors: settings.max_errors,
      disabledCommands: (smtp) => disabledCommands(session, smtp),
    });
    const conversation = createConversation({ session, connection, settings, hostname, context, recipients, checks });
    talks.set(connection.session, { conversation, connection });
    connections.add(connection);
    const onAbort = (): void => connection.send(421, '4.4.2 The time is up');
    session.signal.addEventListener('abort', onAbort, { once: true });
    try {
      connection.init();
      if (context.stopping.aborted) sayShutdown(connection);
      return await connection.outcome;
    } finally {
      connections.delete(connection);
      session.signal.removeEventListener('abort', onAbort);
    }
  }

  function disabledCommands(session: Session, smtp: SMTPServerSession): string[] {
    const canLogIn = settings.auth !== 'none' && isPrivateConnection(session) && !isForwarded(smtp);
    return [
      'WIZ',
      'SHELL',
      'KILL',
      'XFORWARD',
      ...(canLogIn ? [] : ['AUTH']),
      ...(session.canStartTls ? [] : ['STARTTLS']),
      ...(isProxy(session.peer) ? [] : ['XCLIENT']),
    ];
  }

  /** What is no answer of ours is a fault of ours, and the log's. */
  function settle<T>(task: Promise<T>, resolved: (value: T) => void, refused: (reply: SmtpReply) => void): void {
    task.then(resolved, (error: unknown) => {
      const reply = replyFor(error);
      if (reply === null) context.log.err('a command could not be carried out', { error });
      refused(reply ?? faultReply);
    });
  }
}

function sayShutdown(connection: Connection): void {
  const { responseCode, message } = replies.shutdown();
  connection.send(responseCode, message);
}
