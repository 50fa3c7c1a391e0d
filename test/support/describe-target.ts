import { setImmediate as turn } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';

import t, { type Test } from 'tap';
import { parse } from 'yaml';
import * as z from 'zod';

import { TemporaryError } from '../../src/contract/errors.ts';
import type { DeliveryTarget, Item, TargetContext, TargetModule } from '../../src/contract/item.ts';
import { spawnProgram } from '../../src/system/spawn.ts';
import { fakeItem, largeItem, stallingItem, type ItemParts } from './fake-item.ts';
import { createFakeLogger, type LogLine } from './fake-session.ts';

/** Where a target delivers to in a test. */
export interface Place {
  /** The target's own options, as in the file. */
  readonly options: Record<string, unknown>;
  /** What has arrived there whole. */
  arrived(): Promise<readonly Arrival[]>;
  /** What lies about that is not whole, and what stands where nothing may. */
  litter(): Promise<readonly string[]>;
  /** Nobody takes anything any more. */
  breakDown(): Promise<void> | void;
}

export interface Arrival {
  readonly size: number;
  readonly content: Buffer | null;
}

export interface TargetContract {
  /** A new one for each test; it ends with the test. */
  place(t: Test): Promise<Place>;
  /** What all items are like that it takes. */
  readonly item?: ItemParts;
  /** Delivering again what has arrived leaves one, also after a restart. */
  readonly isIdempotent: boolean;
  /** It reads the file itself, so that a stream that stalls is never seen; how else a delivery is held up. */
  readonly holdUp?: (t: Test) => Promise<{ readonly place: Place; readonly item: Item; readonly begun: Promise<void> }>;
  /** Bytes of a thing that is large for it. */
  readonly large?: number;
}

// Names are fit for a file when they come to a target; it must hold if they are not.
const hostileNames = [
  '..',
  '../../outside.pdf',
  '/etc/portico-outside',
  'a\r\nX-Injected: 1\r\n\r\nb.pdf',
  '-rf',
  '$(touch outside).pdf',
  '.htaccess',
  '\u202Efdp.exe',
  'a\0b.pdf',
  `${'ü'.repeat(200)}.pdf`,
  'a"b\\c.pdf',
  '',
];

const never = new AbortController().signal;

export function createTarget(
  module: TargetModule,
  options: Record<string, unknown>,
  context: Partial<TargetContext> = {},
): Promise<DeliveryTarget> {
  const logs: LogLine[] = [];
  const parsed = module.options.parse(options);
  return Promise.resolve(
    module.create(parsed, { name: 'test', log: createFakeLogger(logs), spawn: spawnProgram, ...context }),
  );
}

/** What every kind of delivery must do; each test file of one calls it first. */
export function describeTarget(module: TargetModule, contract: TargetContract): void {
  const newItem = (t: Test, parts: ItemParts = {}): Item => fakeItem(t, { ...contract.item, ...parts });
  const open = async (t: Test, given?: Place) => {
    const place = given ?? (await contract.place(t));
    const target = await createTarget(module, place.options);
    t.teardown(() => target.stop?.());
    return { place, target };
  };

  t.test(`${module.name}, as any kind of delivery,`, async (t) => {
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

    t.test('delivers a thing once, whole', async (t) => {
      const { place, target } = await open(t);
      await target.deliver(newItem(t), never);
      t.same(contentsOf(await place.arrived()), ['first line\r\nsecond line\r\n']);
      t.same(await place.litter(), []);
    });
    t.test('delivers an empty thing, and one with every byte', async (t) => {
      const { place, target } = await open(t);
      const every = Buffer.from(Array.from({ length: 4096 }, (_, at) => at % 256));
      if (contract.item?.mail == null) {
        await target.deliver(newItem(t, { name: 'a', content: every }), never);
        await target.deliver(newItem(t, { name: 'b', content: '' }), never);
        const arrived = await place.arrived();
        t.same(
          arrived.map(({ size }) => size).sort((a, b) => a - b),
          [0, 4096],
        );
        t.ok(arrived.some(({ content }) => content?.equals(every)));
      }
    });
    t.test('delivers several things at once', async (t) => {
      const { place, target } = await open(t);
      const items = Array.from({ length: 8 }, (_, at) => newItem(t, { content: `number ${at}\r\n` }));
      await Promise.all(items.map((item) => target.deliver(item, never)));
      t.same(
        contentsOf(await place.arrived()).sort(),
        Array.from({ length: 8 }, (_, at) => `number ${at}\r\n`),
      );
      t.same(await place.litter(), []);
    });
    t.test(`delivering again leaves ${contract.isIdempotent ? 'one' : 'equals'}`, async (t) => {
      const { place, target } = await open(t);
      const item = newItem(t);
      await target.deliver(item, never);
      await target.deliver(item, never);
      await target.stop?.();
      const { target: next } = await open(t, place);
      await next.deliver(item, never);
      const contents = contentsOf(await place.arrived());
      t.same([...new Set(contents)], ['first line\r\nsecond line\r\n']);
      t.equal(contents.length, contract.isIdempotent ? 1 : 3);
      t.same(await place.litter(), []);
    });
    t.test('does nothing when it is already too late', async (t) => {
      const { place, target } = await open(t);
      await t.rejects(target.deliver(newItem(t), AbortSignal.abort(new Error('too late'))), { message: 'too late' });
      t.same(await place.arrived(), []);
      t.same(await place.litter(), []);
    });
    t.test('leaves nothing half when it is ended within', async (t) => {
      const held = await contract.holdUp?.(t);
      const { place, target } = await open(t, held?.place);
      const item = held?.item ?? stallingItem(t, contract.item);
      const begun = held?.begun ?? (item as ReturnType<typeof stallingItem>).begun;
      const controller = new AbortController();
      const delivery = target.deliver(item, controller.signal);
      await Promise.race([begun, delivery]);
      controller.abort(new Error('time is up'));
      await t.rejects(delivery);
      await settled(async () => (await place.litter()).length === 0);
      t.same(await place.litter(), []);
      t.same(await place.arrived(), []);
    });
    t.test('says that it is for now when nobody is there', async (t) => {
      const { place, target } = await open(t);
      await place.breakDown();
      await t.rejects(target.deliver(newItem(t), never), TemporaryError);
    });
    t.test('says so too when its receiver goes away between two things', async (t) => {
      const { place, target } = await open(t);
      await target.deliver(newItem(t), never);
      await place.breakDown();
      await t.rejects(target.deliver(newItem(t, { name: 'second.pdf' }), never), TemporaryError);
    });
    t.test('names and texts of peers lead nowhere else', async (t) => {
      const { place, target } = await open(t);
      for (const name of hostileNames) {
        const mail = contract.item?.mail ?? null;
        const facts = { name, account: name, mediaType: name, mail: mail === null ? null : { ...mail, subject: name } };
        await target.deliver(newItem(t, { ...facts, content: `${hostileNames.indexOf(name)}\r\n` }), never);
      }
      t.same(contentsOf(await place.arrived()).sort(), hostileNames.map((_, at) => `${at}\r\n`).sort());
      t.same(await place.litter(), []);
    });
    t.test('a large thing is never in memory as a whole', async (t) => {
      const { place, target } = await open(t);
      const size = contract.large ?? 32 * 1024 ** 2;
      const before = usedBytes();
      let most = 0;
      const item = largeItem(t, size, contract.item, () => (most = Math.max(most, usedBytes() - before)));
      await target.deliver(item, never);
      t.same(
        (await place.arrived()).map((each) => each.size),
        [size],
      );
      t.ok(most < size / 2, `${Math.round(most / 1024 ** 2)} MB`);
    });
    t.test('stops, also when it has done nothing, and twice', async (t) => {
      const { target } = await open(t);
      await target.stop?.();
      await target.stop?.();
    });
  });
}

function contentsOf(arrived: readonly Arrival[]): string[] {
  return arrived.map(({ content }) => content?.toString('latin1') ?? '');
}

/** When it is so, or after some hundred turns. */
export async function settled(isSo: () => Promise<boolean>): Promise<void> {
  for (let turns = 0; turns < 500 && !(await isSo()); turns += 1) await turn();
}

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

/** What is in use, without what nobody needs any more. */
function usedBytes(): number {
  collect();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}

function exampleOptions(module: TargetModule): Record<string, unknown> {
  return parse(module.example.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')) as Record<string, unknown>;
}

function hasDescription(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'description' in schema && schema.description !== '';
}
