import type { Test } from 'tap';

import { createAcmeClient, type AcmeClient, type AcmeClientOptions } from '../../../src/certificates/acme/client.ts';
import type { Clock } from '../../../src/certificates/acme/clock.ts';
import { makeFolder, makeTestRequest } from '../../support/acme-authority.ts';
import { startAcmeServer, type AcmeServer, type AcmeServerOptions } from '../../support/acme-server.ts';
import { createFakeLogger, type LogLine } from '../../support/fake-session.ts';
import { startHttpResponder, startTlsAlpnResponder, type Responder } from './responders.ts';

export interface Setting {
  readonly server: AcmeServer;
  readonly responder: Responder;
  /** The account's folder. */
  readonly folder: string;
  readonly logs: LogLine[];
  /** How long was waited each time, milliseconds. */
  readonly waits: number[];
  readonly client: AcmeClient;
  /** Another one on the same folder. */
  again(changes?: Partial<AcmeClientOptions>): AcmeClient;
  obtain(...names: string[]): ReturnType<AcmeClient['obtain']>;
}

export type SettingOptions = Partial<AcmeClientOptions> &
  Pick<AcmeServerOptions, 'isPlain'> & { readonly responder?: Responder };

/** An authority, a client of it that never really waits, and what answers its challenges. */
export async function setUp(t: Test, { isPlain = false, ...changes }: SettingOptions = {}): Promise<Setting> {
  const challenge = changes.challenge ?? 'http-01';
  const responder =
    changes.responder ?? (await (challenge === 'http-01' ? startHttpResponder(t) : startTlsAlpnResponder(t)));
  const server = await startAcmeServer(t, { isPlain, challengePort: responder.port });
  const folder = makeFolder(t);
  const requests = makeFolder(t);
  const logs: LogLine[] = [];
  const { clock, waits } = createFakeClock();
  const again = (more: Partial<AcmeClientOptions> = {}): AcmeClient =>
    createAcmeClient({
      directory: server.directory,
      email: null,
      ca: server.ca,
      folder,
      challenge,
      makeRequest: (names) => makeTestRequest(requests, names),
      publish: (challenge) => responder.publish(challenge),
      withdraw: (challenge) => responder.withdraw(challenge),
      log: createFakeLogger(logs),
      clock,
      ...changes,
      ...more,
    });
  const client = again();
  const { signal } = new AbortController();
  return {
    server,
    responder,
    folder,
    logs,
    waits,
    client,
    again,
    obtain: (...names) => client.obtain({ names, signal }),
  };
}

/** Waits are noted, and over at once. */
export function createFakeClock(): { readonly clock: Clock; readonly waits: number[] } {
  const waits: number[] = [];
  const clock: Clock = {
    now: () => Date.now(),
    async wait(ms, signal) {
      waits.push(ms);
      signal.throwIfAborted();
    },
  };
  return { clock, waits };
}
