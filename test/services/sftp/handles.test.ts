import t from 'tap';

import type { FileHandle } from '../../../src/services/sftp/file-handle.ts';
import { createHandles } from '../../../src/services/sftp/handles.ts';
import { entry } from './stage.ts';

const file = (path: string): FileHandle => ({
  path,
  stat: async () => entry({}),
  set: async () => {},
  close: async () => {},
  abandon: async () => false,
});

t.test('knows handles by numbers that are never used again', async (t) => {
  const handles = createHandles();
  const [a, b] = [file('/a'), file('/b')];
  const [first, second] = [handles.add(a), handles.add(b)];
  t.equal(handles.get(first), a);
  t.equal(handles.take(first), a);
  t.throws(() => handles.get(first), { name: 'Refusal', code: 4, message: 'There is no such handle' });
  t.not(handles.add(a), first);
  t.equal(handles.get(second), b);
  t.equal(handles.drain().length, 2);
  t.same(handles.drain(), []);
});

t.test('has room for so many', async (t) => {
  const handles = createHandles(2);
  handles.add(file('/a'));
  handles.reserve();
  const last = handles.add(file('/b'));
  t.throws(() => handles.reserve(), { name: 'Refusal', message: 'At most 2 handles are open at once' });
  handles.take(last);
  t.doesNotThrow(() => handles.reserve());
});
