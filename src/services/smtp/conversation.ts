import type { SMTPServerAddress, SMTPServerAuthentication, SMTPServerDataStream, SMTPServerSession } from 'smtp-server';

import type { Account } from '../../contract/account.ts';
import type { Receipt } from '../../contract/delivery.ts';
import type { ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';
import type { Connection } from './connection.ts';
import type { MailChecks } from './checks.ts';
import type { SmtpOptions } from './options.ts';
import { isAscii, withAsciiDomain, type Destination, type Recipients } from './recipients.ts';
import { readRest, receiveMail, type IncomingMail } from './receive.ts';
import { faultReply, replies, replyFor, SmtpReply } from './reply.ts';
import { protocolName, traceLines } from './trace.ts';
import { isPrivateConnection } from '../../wire/private-connection.ts';

/** What one peer is told, from greeting to goodbye: each of these throws an SmtpReply for no. */
export interface Conversation {
  login(auth: SMTPServerAuthentication): Promise<string>;
  from(address: SMTPServerAddress): void;
  to(address: SMTPServerAddress): Promise<void>;
  /** What to say after 250; null: nobody is there to be told anything. */
  data(stream: SMTPServerDataStream): Promise<string | null>;
}

export interface ConversationOptions {
  readonly session: Session;
  readonly connection: Connection;
  readonly settings: SmtpOptions;
  readonly hostname: string;
  readonly context: ServiceContext;
  readonly recipients: Recipients;
  readonly checks: MailChecks | null;
}

const maxFailedLogins = 3;
// What is still read of a message that is not taken, beyond the largest that would be.
const patienceBytes = 1024 ** 2;

export function createConversation(options: ConversationOptions): Conversation {
  const { session, connection, settings, hostname, context, recipients, checks } = options;
  const smtp: SMTPServerSession = connection.session;
  const destinations = new WeakMap<SMTPServerAddress, Destination>();
  let account: Account | null = null;
  let failedLogins = 0;
  let messages = 0;

  return {
    async login({ username = '', password, authcid = username, authzid = '' }) {
      if (!isPrivateConnection(session)) throw new SmtpReply(538, '5.7.11 Passwords are taken over TLS only');
      if (isForwarded(smtp)) throw new SmtpReply(503, '5.5.1 Who comes by XCLIENT cannot log in');
      const isOther = authzid !== '' && authzid !== authcid && authcid !== '';
      const found = isOther ? null : await authenticate(username, password ?? '');
      if (found === null) {
        failedLogins += 1;
        if (failedLogins >= maxFailedLogins) throw new SmtpReply(421, '4.7.0 Too many failed logins');
        throw new SmtpReply(535, '5.7.8 The name or the password is wrong');
      }
      account = found;
      return found.name;
    },

    from({ address }) {
      if (context.stopping.aborted) throw replies.shutdown();
      if (settings.require_tls && session.tls === null) throw new SmtpReply(530, '5.7.0 Start TLS first');
      if (settings.auth === 'required' && account === null) throw new SmtpReply(530, '5.7.0 Log in first');
      if (messages >= settings.max_messages) throw new SmtpReply(421, '4.7.0 Too many messages on one connection');
      checkAddress(address, smtp);
    },

    async to(recipient) {
      checkAddress(recipient.address, smtp);
      destinations.set(recipient, await recipients.find(recipient.address, announcedSize(smtp)));
    },

    async data(stream) {
      messages += 1;
      const isBroken = connection.beginMessage();
      try {
        const mail = incoming(isBroken);
        const receipt = await receiveMail(stream, mail, context.desk);
        report(receipt, mail);
        return `2.6.0 Taken as ${receipt.id}`;
      } catch (error) {
        if (stream.errored !== null || (stream.destroyed && !stream.readableEnded)) {
          session.log.info('the peer left before its message was whole');
          return null;
        }
        if (replyFor(error) === null) session.log.err('a message could not be taken in', { error });
        const reply = replyFor(error) ?? faultReply;
        const isWhole = await readRest(stream, settings.max_size + patienceBytes).catch(() => false);
        if (isWhole && !isBroken()) throw reply;
        connection.send(reply.responseCode, reply.message);
        // What stands behind such a line is not to be trusted to be commands.
        connection.close();
        return null;
      } finally {
        connection.endMessage();
      }
    },
  };

  async function authenticate(name: string, password: string): Promise<Account | null> {
    try {
      return await session.authenticate({ name, password });
    } catch (error) {
      session.log.err('a login cannot be checked', { error });
      throw new SmtpReply(454, '4.7.0 Logins cannot be checked now, try again later');
    }
  }

  function incoming(isBroken: () => boolean): IncomingMail {
    const { envelope } = smtp;
    const isUtf8 = envelope.smtpUtf8 === true;
    const form = isUtf8 ? (address: string) => address : withAsciiDomain;
    const found = envelope.rcptTo.flatMap((recipient) => destinations.get(recipient) ?? []);
    const others = found.filter(({ mailbox }) => mailbox === null);
    const mailboxes = found.flatMap(({ mailbox }) => mailbox ?? []);
    const rooms = mailboxes.flatMap(({ room }) => room ?? []);
    const from = form(envelope.mailFrom === false ? '' : envelope.mailFrom.address);
    const to = found.map(({ address }) => form(address));
    return {
      envelope: {
        service: session.service,
        session: session.id,
        peer: session.peer,
        account,
        name: null,
        mediaType: 'message/rfc822',
        size: announcedSize(smtp),
        replaces: false,
        // Who has a mailbox here gets it there, and not by a delivery that sends mail on.
        mail: { from, to: others.length > 0 ? others.map(({ address }) => form(address)) : to, subject: null },
        deliver: others.length > 0 ? context.deliver : [],
        mailboxes: [...new Set(mailboxes.map((mailbox) => mailbox.account))],
      },
      trace: traceLines({
        from,
        to,
        helo: smtp.hostNameAppearsAs || '',
        address: smtp.remoteAddress,
        hostname,
        protocol: protocolName(smtp.transmissionType, isUtf8),
        tls: session.tls,
        id: `${session.id}.${messages}`,
        date: new Date(),
      }),
      isForged: checks?.isForged ?? (() => false),
      maxSize: settings.max_size,
      room: rooms.length > 0 ? Math.min(...rooms) : null,
      isBroken,
      check:
        checks === null
          ? null
          : {
              hold: checks.hold,
              linesFor: (message) =>
                checks.linesFor(message, { address: smtp.remoteAddress, helo: smtp.hostNameAppearsAs || '', from }),
            },
    };
  }

  function report({ id, name, size, sha256 }: Receipt, { envelope }: IncomingMail): void {
    const { from, to } = envelope.mail;
    session.received({
      id,
      name,
      size,
      sha256,
      type: 'message/rfc822',
      account: account?.name,
      from,
      to: to.slice(0, 10),
    });
  }
}

/** RFC 6531 3.4: letters beyond ASCII come with SMTPUTF8 only. The library shows every domain in its own script. */
function checkAddress(address: string, { envelope }: SMTPServerSession): void {
  const local = address.slice(0, Math.max(0, address.lastIndexOf('@')));
  if (!isAscii(local) && envelope.smtpUtf8 !== true)
    throw new SmtpReply(553, '5.6.7 SMTPUTF8 is needed for this address');
}

function announcedSize({ envelope }: SMTPServerSession): number | null {
  const { SIZE: size } = (envelope.mailFrom === false ? false : envelope.mailFrom?.args) || {};
  return typeof size === 'string' ? Number(size) : null;
}

/** A proxy has said that the connection is somebody else's. */
export function isForwarded({ xClient }: SMTPServerSession): boolean {
  return xClient?.has('ADDR') ?? false;
}
