import fs from 'node:fs';
import { hostname } from 'node:os';
import type { Readable } from 'node:stream';

import { TemporaryError } from '../../../contract/errors.ts';
import type { DeliveryTarget, Item, TargetModule } from '../../../contract/item.ts';
import { createLinkPool } from '../../link-pool.ts';
import { composeMail } from './compose.ts';
import { Fault, faultOf } from './fault.ts';
import { domainOf, findMailHosts, systemNames, type Names } from './mail-hosts.ts';
import { isThisMachine, smtpKind, type SmtpOptions } from './options.ts';
import { createProgress } from './progress.ts';
import { openSession, type MailEnvelope, type MailServer, type Sent, type SmtpLink } from './session.ts';

/** Mail is sent on with its envelope, and files are sent as mail: by one server, or to where each recipient's domain takes mail in. */
const smtp: TargetModule<SmtpOptions> = { ...smtpKind, create: (options) => createSmtp(options) };
export default smtp;

const idleMs = 5_000;
// Some servers count, and hang up.
const maxUses = 100;

/** `names` is for tests, and so are addresses that it gives. */
export function createSmtp(options: SmtpOptions, names: Names = systemNames()): DeliveryTarget {
  const relay = options.host === undefined ? null : createRelay(options, options.host);
  const progress = createProgress();
  return {
    async deliver(item, signal) {
      signal.throwIfAborted();
      const { from, to } = addressingOf(item, options);
      const state = progress.of(item.id);
      const missing = to.filter((recipient) => !state.isSettled(recipient));
      const mail = (recipients: readonly string[]): Mail => ({
        envelope: { from, to: recipients, size: item.mail === null ? 0 : item.size },
        open: () => (item.mail === null ? composeMail(item, { from, to }) : item.open()),
      });
      if (relay === null) await sendDirectly(missing);
      else state.note(missing, await attempt(() => relay.use((link) => pass(link, mail(missing)), signal)));
      signal.throwIfAborted();
      const { waiting, refused } = state;
      if (waiting.length > 0) throw new TemporaryError(tellRecipients(waiting));
      if (refused.length > 0) {
        // Somebody may order another attempt, after something was mended.
        state.forgive();
        throw new Error(tellRecipients(refused));
      }
      progress.forget(item.id);

      /** One domain after the other: one that is down is no reason for the others to wait. */
      async function sendDirectly(recipients: readonly string[]): Promise<void> {
        for (const [domain, group] of Map.groupBy(recipients, domainOrNull)) {
          signal.throwIfAborted();
          state.note(group, await attempt(() => sendToDomain(domain ?? domainOf(group[0] ?? ''), mail(group), signal)));
        }
      }
    },
    async stop() {
      relay?.close();
    },
  };

  async function sendToDomain(domain: string, mail: Mail, signal: AbortSignal): Promise<Sent> {
    let last: unknown = null;
    for (const { name, address } of await findMailHosts(domain, names)) {
      signal.throwIfAborted();
      try {
        return await sendOnce(
          { address, name, port: options.port ?? 25, tls: options.tls, authorities: null, login: null },
          mail,
          signal,
        );
      } catch (error) {
        // RFC 5321 5.1: the next one is asked, but not after a clear no.
        last = error;
        if (faultOf(error).isPermanent) break;
      }
    }
    throw last;
  }
}

interface Mail {
  readonly envelope: MailEnvelope;
  open(): Readable;
}

function createRelay(options: SmtpOptions, host: string) {
  const server = relayServer(options, host);
  return createLinkPool<SmtpLink>({ open: (signal) => openSession(server, signal), idleMs, maxUses });
}

function relayServer({ tls: wanted, port, ca, user, password }: SmtpOptions, host: string): MailServer {
  const login = user === undefined || password === undefined ? null : { user, pass: password };
  // A password is not sent in the clear, whatever somebody in between has made of the offer.
  const tls = wanted === 'auto' && login !== null && !isThisMachine(host) ? 'required' : wanted;
  const isChecked = ca !== undefined || tls === 'required' || tls === 'implicit';
  return {
    address: host,
    name: host,
    port: port ?? (tls === 'implicit' ? 465 : login === null ? 25 : 587),
    tls,
    authorities: isChecked ? (ca === undefined ? {} : { ca: fs.readFileSync(ca) }) : null,
    login,
  };
}

async function sendOnce(server: MailServer, mail: Mail, signal: AbortSignal): Promise<Sent> {
  const link = await openSession(server, signal);
  const cut = (): void => link.destroy();
  signal.addEventListener('abort', cut, { once: true });
  try {
    const sent = await pass(link, mail);
    link.close();
    return sent;
  } catch (error) {
    link.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

async function pass(link: SmtpLink, { envelope, open }: Mail): Promise<Sent> {
  if (envelope.to.length === 0) return { accepted: [], refused: [] };
  try {
    return await link.send(envelope, open());
  } catch (error) {
    const fault = faultOf(error);
    // By these two the pool tells whether another connection may do better.
    throw fault.isPermanent ? fault : new TemporaryError(fault.message, null, { cause: error });
  }
}

/** What went wrong for all recipients alike. */
async function attempt(send: () => Promise<Sent>): Promise<Sent | Fault> {
  try {
    return await send();
  } catch (error) {
    return faultOf(error);
  }
}

function addressingOf(
  item: Item,
  { from, to }: SmtpOptions,
): { readonly from: string; readonly to: readonly string[] } {
  const recipients = to ?? item.mail?.to ?? [];
  if (recipients.length === 0) throw new Error('it is no mail, and the delivery has no recipient (to)');
  return { from: from ?? item.mail?.from ?? `portico@${hostname()}`, to: recipients };
}

function domainOrNull(recipient: string): string | null {
  try {
    return domainOf(recipient).toLowerCase();
  } catch {
    return null;
  }
}

const maxTold = 3;

function tellRecipients(faults: readonly { readonly recipient: string; readonly reason: string }[]): string {
  const told = faults.slice(0, maxTold).map(({ recipient, reason }) => `${recipient}: ${reason}`);
  return [...told, ...(faults.length > maxTold ? [`and ${faults.length - maxTold} more`] : [])].join('; ');
}
