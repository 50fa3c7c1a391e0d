import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import type { Test } from 'tap';

import { hashPassword } from '../../src/accounts/password.ts';
import type { TestDaemon } from '../support/daemon.ts';
import { dial, type Peer } from '../support/dial.ts';

/** A module of a user's: a line "NAME PASSWORD" is a login, answered with the account or with "no". */
export const loginModule = `export default {
  name: 'login',
  create: () => ({
    async connection(session) {
      const { stream } = session;
      let text = '';
      for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
        text += chunk;
        for (let end = text.indexOf('\\n'); end >= 0; end = text.indexOf('\\n')) {
          const [name, password = ''] = text.slice(0, end).split(' ');
          text = text.slice(end + 1);
          const answer = await session.authenticate({ name, password }).catch((error) => 'error: ' + error.message);
          stream.write((typeof answer === 'string' ? answer : answer === null ? 'no' : JSON.stringify(answer)) + '\\n');
        }
      }
    },
  }),
};
`;

/** Who has connected to the module. */
export interface Visitor {
  readonly peer: Peer;
  /** What the module answers: "no", the account's name, or "error: …". */
  logIn(name: string, password: string): Promise<string>;
  /** The account as the module got it. */
  account(name: string, password: string): Promise<unknown>;
}

export async function greet(t: Test, port: number): Promise<Visitor> {
  const peer = await dial(port);
  t.teardown(() => peer.socket.destroy());
  return visitorOf(peer);
}

export function visitorOf(peer: Peer): Visitor {
  const answer = async (name: string, password: string): Promise<string> => {
    await peer.write(`${name} ${password}\n`);
    let line = '';
    for (let next = ''; next !== '\n'; next = (await peer.bytes(1)).toString('latin1')) line += next;
    return line;
  };
  return {
    peer,
    async logIn(name, password) {
      const line = await answer(name, password);
      return line.startsWith('{') ? (JSON.parse(line) as { name: string }).name : line;
    },
    account: async (name, password) => JSON.parse(await answer(name, password)) as unknown,
  };
}

/** One login with a connection of its own. */
export async function logInOnce(port: number, name: string, password: string): Promise<string> {
  const peer = await dial(port);
  try {
    return await visitorOf(peer).logIn(name, password);
  } finally {
    peer.reset();
  }
}

/** An accounts file: each name with its password. */
export async function accountsOf(passwords: Readonly<Record<string, string>>): Promise<string> {
  const entries = Object.entries(passwords).map(
    async ([name, password]) => `${name}: { password: "${await hashPassword(password)}" }\n`,
  );
  return (await Promise.all(entries)).join('');
}

/** The process of the registry that was started last. */
export function registryPid(daemon: TestDaemon): number {
  const started = daemon.lines.filter((line) => line.event === 'worker.start' && line['pool'] === '@registry');
  return started.at(-1)?.['worker'] as number;
}

/** A connection from any address, by way of a proxy's header (the listener has to trust 127.0.0.1). */
export async function comeFrom(t: Test, port: number, source: string): Promise<Peer> {
  const peer = await dial(port);
  t.teardown(() => peer.socket.destroy());
  const [kind, local] = source.includes(':') ? ['TCP6', '::1'] : ['TCP4', '127.0.0.1'];
  await peer.write(`PROXY ${kind} ${source} ${local} 1024 1025\r\n`);
  return peer;
}

/** Whether an echo service answers who comes from there. */
export async function isServed(port: number, source: string): Promise<boolean> {
  const socket: Socket = connect({ port, host: '127.0.0.1', autoSelectFamily: false });
  socket.on('error', () => {});
  const kind = source.includes(':') ? 'TCP6' : 'TCP4';
  socket.write(`PROXY ${kind} ${source} ${source} 1024 1025\r\n?`);
  const closed = once(socket, 'close').then(() => false);
  const answered = once(socket, 'data').then(
    () => true,
    () => false,
  );
  const isAnswered = await Promise.race([closed, answered]);
  socket.resetAndDestroy();
  return isAnswered;
}
