import { setImmediate as turn } from 'node:timers/promises';

import t, { type Test } from 'tap';
import { parse } from 'yaml';
import * as z from 'zod';

import type { EndReason, ServiceModule } from '../../src/contract/index.ts';
import { dial } from './dial.ts';
import { serve, type Served, type ServeOptions } from './serve.ts';

export interface ServiceContract extends Pick<ServeOptions, 'givesDescriptor'> {
  /** Options to serve with, as in the file; default: those of the example. */
  readonly options?: unknown;
  /** What a peer of this protocol might send. */
  readonly send: string;
  /** The part of the answer that is the same every time; default: all of it. */
  readonly comparable?: (answer: string) => string;
}

/** What every service must do, whatever its protocol; each test file of a service calls it first. */
export function describeService(module: ServiceModule, contract: ServiceContract): void {
  t.test(`${module.name}, as any service,`, async (t) => {
    t.test('has an example whose options parse', async (t) => {
      t.doesNotThrow(() => module.options.parse(exampleOptions(module)));
    });
    t.test('says what each option is for', async (t) => {
      const { properties = {} } = z.toJSONSchema(module.options, { io: 'input', unrepresentable: 'any' });
      const silent = Object.entries(properties).filter(([, schema]) => !hasDescription(schema));
      t.same(
        silent.map(([name]) => name),
        [],
      );
    });
    t.test('refuses an option it does not know, by name', async (t) => {
      const { success, error } = module.options.safeParse({ ...exampleOptions(module), nonsense: 1 });
      t.equal(success, false);
      t.match(error?.issues, [{ code: 'unrecognized_keys', keys: ['nonsense'] }]);
    });
    t.test('serves connections', (t) => describeConnections(t, module, contract));
  });
}

async function describeConnections(t: Test, module: ServiceModule, contract: ServiceContract): Promise<void> {
  const { send, comparable = (answer: string) => answer } = contract;
  const options = contract.options ?? exampleOptions(module);
  const before = await usedResources(() => talkOnce(module, { ...contract, options }));
  const served = await serve(module, { ...contract, options });
  if (served.service.connection === undefined) {
    await served.close();
    return;
  }

  t.test('answers one-byte segments as it answers one segment', async (t) => {
    const whole = await talk(served, async (write) => write(send));
    const bytes = await talk(served, async (write) => {
      for (const character of Buffer.from(send)) await write(Buffer.of(character));
    });
    t.equal(comparable(bytes.answer), comparable(whole.answer));
    t.same([whole.reason, bytes.reason], ['end', 'end']);
  });
  t.test('survives a peer that connects and leaves', async (t) => {
    const { peer, ended } = await served.connect();
    peer.socket.destroy();
    t.match(await ended, /^(end|error)$/);
  });
  t.test('ends when the peer ends without a word', async (t) => {
    t.equal((await talk(served, async () => {})).reason, 'end');
  });
  t.test('survives a reset', async (t) => {
    const { peer, ended } = await served.connect();
    await peer.write(send);
    peer.reset();
    t.match(await ended, /^(end|error)$/);
  });
  t.test('survives a megabyte without a newline', async (t) => {
    const { peer, ended } = await served.connect();
    const answer = peer.rest().catch(() => {});
    // A service that hangs up before the end is right, too.
    await peer.write(Buffer.alloc(1 << 20, 'x')).catch(() => {});
    peer.end();
    await answer;
    peer.socket.destroy();
    t.match(await ended, /^(end|error)$/);
  });
  t.test('still serves the next peer', async (t) => {
    const { answer } = await talk(served, async (write) => write(send));
    const again = await talk(served, async (write) => write(send));
    t.equal(comparable(answer), comparable(again.answer));
    t.same(served.failures, []);
  });
  t.test('stops, and leaves nothing behind', async (t) => {
    await served.close();
    t.equal(served.sessions.size, 0);
    t.same(await settledResources(before), before);
  });
}

/** The options of the example, without what belongs to every service. */
function exampleOptions(module: ServiceModule): Record<string, unknown> {
  const example = parse(module.example) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(example).filter(([name]) => !commonKeys.has(name)));
}

const commonKeys: ReadonlySet<string> = new Set(
  'type enabled listen user group isolate access limits tls banner deliver'.split(' '),
);

function hasDescription(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'description' in schema && schema.description !== '';
}

type Talk = (write: (data: string | Buffer) => Promise<void>) => Promise<void>;

async function talk(served: Served, say: Talk): Promise<{ answer: string; reason: EndReason }> {
  const { peer, ended } = await served.connect();
  const answer = peer.rest();
  await say((data) => peer.write(data));
  peer.end();
  const text = (await answer).toString('latin1');
  return { answer: text, reason: await ended };
}

/** One whole life of the service, so that what is made once in a process is there. */
async function talkOnce(module: ServiceModule, options: ServiceContract): Promise<void> {
  const served = await serve(module, options);
  if (served.service.connection !== undefined) {
    const peer = await dial(served.port);
    const answer = peer.rest();
    await peer.write(options.send);
    peer.end();
    await answer;
  }
  await served.close();
}

async function usedResources(live: () => Promise<void>): Promise<Resources> {
  await live();
  return settledResources(undefined);
}

type Resources = Record<string, number>;

/** What keeps the process alive, once closing handles are closed: when it is as expected, or stays as it is. */
async function settledResources(expected: Resources | undefined): Promise<Resources> {
  for (let turns = 0; turns < 100; turns += 1) {
    if (expected !== undefined && JSON.stringify(resources()) === JSON.stringify(expected)) break;
    await turn();
  }
  return resources();
}

function resources(): Resources {
  const counts: Resources = {};
  // The turn of the loop in which we ask is none of the service's.
  const names = process.getActiveResourcesInfo().filter((name) => name !== 'Immediate');
  for (const name of names.sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
