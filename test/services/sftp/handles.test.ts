import t from 'tap';

import type { FileHandle } from '../../../src/services/sftp/file-handle.ts';
import { createHandlePlaces, createHandles } from '../../../src/services/sftp/handles.ts';
import { entry } from './stage.ts';

const file = (path: string): FileHandle => ({
  path,
  stat: async () => entry({}),
  set: async () => {},
  close: async () => {},
  abandon: async () => false,
});
const fails = (): Promise<never> => Promise.reject(new Error('no'));

t.test('knows handles by numbers that are never used again', async (t) => {
  const handles = createHandles(createHandlePlaces());
  const [a, b] = [file('/a'), file('/b')];
  const [first, second] = [await handles.open(async () => a), await handles.open(async () => b)];
  t.equal(handles.get(first), a);
  await handles.close(first);
  t.throws(() => handles.get(first), { name: 'Refusal', code: 4, message: 'There is no such handle' });
  t.not(await handles.open(async () => a), first);
  t.equal(handles.get(second), b);
  const drained: string[] = [];
  const drain = (): Promise<void> => handles.drain(async ({ path }) => void drained.push(path));
  await drain();
  await drain();
  t.same(drained, ['/b', '/a']);
});

// Regression: each of eight channels had room for 1024, and a worker no descriptors for that.
t.test('has room for so many, on all channels of a connection together', async (t) => {
  const places = createHandlePlaces(2);
  const [one, other] = [createHandles(places), createHandles(places)];
  const refusal = { name: 'Refusal', message: 'At most 2 handles are open at once' };
  let opened = 0;
  const open = async (): Promise<FileHandle> => file(`/${(opened += 1)}`);
  await t.rejects(one.open(fails), { message: 'no' }, 'what cannot be opened takes no place');
  const first = await one.open(open);
  await other.open(open);
  await t.rejects(one.open(open), refusal);
  await t.rejects(other.open(open), refusal);
  t.equal(opened, 2, 'nothing is opened then');
  await one.close(first);
  const bad = await other.open(async () => ({ ...file('/bad'), close: fails }));
  await t.rejects(other.close(bad), { message: 'no' });
  await one.open(open);
  await other.drain(async () => {});
  await one.drain(async () => {});
  await one.open(open);
  await other.open(open);
});
