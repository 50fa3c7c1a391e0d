import t from 'tap';

import { TakenError, type DeliveryDesk } from '../../../../src/contract/delivery.ts';
import { createDoubleDesk } from '../../../../src/services/http/upload/double-desk.ts';
import { createMemoryDesk } from '../../../support/memory-desk.ts';
import { envelope } from '../../../support/spool.ts';

const failing = (error: Error) => (): never => {
  throw error;
};

async function put(desk: DeliveryDesk, name: string | null, text: string) {
  await using draft = await desk.begin(envelope({ name }));
  await draft.write(Buffer.from(text));
  await draft.seal();
  return await draft.commit();
}

t.test('what is taken is in both, under one name, and has the id of the spool', async (t) => {
  const [folder, spool] = [createMemoryDesk(), createMemoryDesk()];
  const desk = createDoubleDesk({ folder, spool });
  await put(folder, 'before', '');
  t.match(await put(desk, 'a', 'hello'), { id: 'item 1', name: 'a', size: 5 });
  const { name } = await put(desk, null, 'unnamed');
  t.match(name, /^[0-9a-z]{20}$/);
  for (const { taken } of [folder, spool])
    t.match(taken.slice(-2), [
      { envelope: { name: 'a' }, text: 'hello' },
      { envelope: { name }, text: 'unnamed' },
    ]);
});

t.test('the name is taken in the folder: nothing is begun in the spool', async (t) => {
  const spool = createMemoryDesk();
  const desk = createDoubleDesk({ folder: { begin: async () => failing(new TakenError('a'))() }, spool });
  await t.rejects(put(desk, 'a', 'x'), TakenError);
  t.equal(spool.dropped(), 0);
});

t.test('no room in the spool: nothing stays in the folder', async (t) => {
  const folder = createMemoryDesk();
  const desk = createDoubleDesk({ folder, spool: { begin: async () => failing(new Error('full'))() } });
  await t.rejects(put(desk, 'a', 'x'), { message: 'full' });
  t.same([folder.taken, folder.dropped()], [[], 1]);
});

t.test('the queue does not take it: nothing stays in the folder', async (t) => {
  const [folder, spool] = [createMemoryDesk(), createMemoryDesk(failing(new Error('silent')))];
  await t.rejects(put(createDoubleDesk({ folder, spool }), 'a', 'x'), { message: 'silent' });
  t.same([folder.taken, folder.dropped(), spool.dropped()], [[], 1, 1]);
});

t.test('the folder fails last: it is delivered all the same, and again if the peer tries again', async (t) => {
  const [folder, spool] = [createMemoryDesk(failing(new Error('broken'))), createMemoryDesk()];
  await t.rejects(put(createDoubleDesk({ folder, spool }), 'a', 'x'), { message: 'broken' });
  t.match(spool.taken, [{ text: 'x' }]);
  t.equal(folder.dropped(), 1);
});

t.test('a draft that is left leaves nothing', async (t) => {
  const [folder, spool] = [createMemoryDesk(), createMemoryDesk()];
  {
    await using draft = await createDoubleDesk({ folder, spool }).begin(envelope());
    await draft.write(Buffer.from('half'));
  }
  t.same([folder.dropped(), spool.dropped()], [1, 1]);
});
