import type { Service, ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';
import { createControlReader } from './control/reader.ts';
import { converse, type Ending } from './converse.ts';
import { createDataChannel, createPublicAddresses } from './data/index.ts';
import { createDialogue, forgetLogin, type Dialogue, type House } from './dialogue.ts';
import { openFilesOf } from './files/open-files.ts';
import type { FtpOptions } from './options.ts';
import { quirksOf } from './quirks.ts';
import { farewell, multiline, reply } from './replies.ts';
import { watchOver, type Watch } from './watch.ts';

/** An ftp service (RFC 959): a control connection is a dialogue, and data connections stand beside it. */
export async function createFtpService(options: FtpOptions, context: ServiceContext): Promise<Service> {
  const publicAddresses = createPublicAddresses({ plan: options.public_address, log: context.log });
  const house: House = {
    options,
    quirks: quirksOf(options.quirks),
    context,
    openFiles: await openFilesOf(options, context),
  };
  await publicAddresses.ready();
  return {
    hasDataConnections: true,
    async connection(session) {
      using channel = createDataChannel({
        session,
        context,
        options: {
          ports: options.passive_ports,
          publicAddresses,
          connectTimeoutMs: options.data_timeout,
          mustResume: options.tls_session_reuse === 'required',
        },
      });
      const dialogue = createDialogue(session, house, channel);
      if (session.tls !== null) protectData(dialogue);
      using watch = watchOver(dialogue);
      await dialogue.say(greeting(options.welcome));
      for (;;) {
        const ending = await talk(session, dialogue, watch);
        if (ending === 'over') return;
        await startTls(dialogue, ending.startTls);
      }
    },
  };
}

/** Where TLS is there from the first byte, data connections have it too unless the peer says something else. */
function protectData(dialogue: Dialogue): void {
  dialogue.channel.protect(true);
}

function greeting(welcome: string): string {
  const lines = welcome.trimEnd().split(/\r?\n/);
  const [first = '', ...others] = lines;
  const last = others.pop();
  return last === undefined ? reply(220, first) : multiline(220, first, others, last);
}

async function talk(session: Session, dialogue: Dialogue, watch: Watch): Promise<Ending> {
  const reader = createControlReader(session.stream, watch.signal);
  try {
    return await converse(dialogue, reader);
  } catch (error) {
    // A reset is a way of leaving.
    if (session.stream.destroyed) return 'over';
    throw error;
  } finally {
    await reader.close();
    await end(dialogue);
    if (watch.signal.aborted) await dialogue.say(farewell(watch.signal.reason));
  }
}

/** A transfer does not outlive its control connection. */
async function end({ transfer }: Dialogue): Promise<void> {
  transfer?.abort('left');
  await transfer?.done;
}

/** RFC 4217 4: everything begins anew. Nobody reads from the stream any more when the peer is told to go ahead. */
async function startTls(dialogue: Dialogue, goAhead: string): Promise<void> {
  const { session } = dialogue;
  await dialogue.say(goAhead);
  await session.startTls();
  forgetLogin(dialogue);
}
