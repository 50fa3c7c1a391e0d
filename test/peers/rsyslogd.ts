import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { Test } from 'tap';

import { freePort, makeFolder, startPeer, type RunningPeer } from '../support/peers.ts';

/** A message as rsyslogd understood it. */
export interface Received {
  readonly app: string;
  readonly host: string;
  readonly procid: string;
  readonly msgid: string;
  readonly severity: string;
  readonly facility: string;
  readonly protocol: string;
  readonly time: string;
  readonly msg: string;
  /** The parameters of our element. */
  readonly sd: Readonly<Record<string, string>>;
}

export interface Receiver {
  readonly udp: number;
  readonly tcp: number;
  /** A local socket, read by the same parsers as the network. */
  readonly socket: string;
  /** One that is read as rsyslogd reads /dev/log. */
  readonly usualSocket: string;
  /** Resolves with the first message, past or future, that matches. */
  message(matches: (message: Received) => boolean): Promise<Received>;
}

export interface ReceiverOptions {
  readonly tcp?: number;
  readonly certificates?: { readonly ca: string; readonly cert: string; readonly key: string };
}

/** Starts an rsyslogd of our own; resolves when all its inputs are open. */
export async function startRsyslogd(t: Test, path: string, options: ReceiverOptions = {}): Promise<Receiver> {
  const folder = makeFolder(t);
  const [socket, usualSocket] = [join(folder, 'log'), join(folder, 'usual-log')];
  const [udp, tcp] = [await freePort('udp'), options.tcp ?? (await freePort('tcp'))];
  const messages = await collectMessages(t);
  const { certificates } = options;
  const driver =
    certificates === undefined
      ? ''
      : `
global(DefaultNetstreamDriver="gtls" DefaultNetstreamDriverCAFile="${certificates.ca}"
  DefaultNetstreamDriverCertFile="${certificates.cert}" DefaultNetstreamDriverKeyFile="${certificates.key}")
`;
  const tcpOptions =
    certificates === undefined ? '' : 'StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon"';
  writeFileSync(
    join(folder, 'rsyslog.conf'),
    `
global(workDirectory="${folder}" net.enableDNS="off" processInternalMessages="on")
${driver}
module(load="imudp")
module(load="imtcp" ${tcpOptions})
module(load="imuxsock" SysSock.Use="off")
module(load="mmpstrucdata")
input(type="imudp" address="127.0.0.1" port="${udp}")
input(type="imtcp" address="127.0.0.1" port="${tcp}")
input(type="imuxsock" Socket="${socket}" UseSpecialParser="off" ParseHostname="on" RateLimit.Interval="0")
input(type="imuxsock" Socket="${usualSocket}" RateLimit.Interval="0")
template(name="json" type="list" option.jsonf="on") {
  property(outname="app" name="app-name" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="procid" name="procid" format="jsonf")
  property(outname="msgid" name="msgid" format="jsonf")
  property(outname="severity" name="syslogseverity-text" format="jsonf")
  property(outname="facility" name="syslogfacility-text" format="jsonf")
  property(outname="protocol" name="protocol-version" format="jsonf")
  property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="msg" name="msg" format="jsonf")
  property(outname="data" name="$!rfc5424-sd" format="jsonf")
}
action(type="mmpstrucdata")
action(type="omfwd" target="127.0.0.1" port="${messages.port}" protocol="tcp" template="json")
`,
  );
  const rsyslogd: RunningPeer = startPeer(t, [
    path,
    '-n',
    '-f',
    join(folder, 'rsyslog.conf'),
    '-i',
    join(folder, 'rsyslogd.pid'),
  ]);
  const ended = rsyslogd.ended.then((code) => Promise.reject(new Error(`rsyslogd: ${code} ${rsyslogd.output()}`)));
  ended.catch(() => {});
  // Its first own message comes when all inputs are open.
  await Promise.race([messages.find(({ app, msg }) => app === 'rsyslogd' && /\bstart\b/.test(msg)), ended]);
  return { udp, tcp, socket, usualSocket, message: (matches) => Promise.race([messages.find(matches), ended]) };
}

/** Where rsyslogd sends what it got, a line of JSON each. */
async function collectMessages(t: Test) {
  const messages: Received[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((socket) => {
    t.teardown(() => socket.destroy());
    socket.on('error', () => {});
    createInterface({ input: socket }).on('line', (line) => {
      messages.push(readMessage(line));
      for (const look of waiting) look();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const find = (matches: (message: Received) => boolean): Promise<Received> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = messages.find(matches);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { port: (server.address() as AddressInfo).port, find };
}

function readMessage(line: string): Received {
  const { data, ...message } = JSON.parse(line) as Received & { data?: unknown };
  const elements = (typeof data === 'string' && data !== '' ? JSON.parse(data) : (data ?? {})) as Record<
    string,
    Record<string, string>
  >;
  return { ...message, sd: elements['portico@32473'] ?? {} };
}
