import t from 'tap';

import { createPhantomDraft } from '../../src/deliveries/phantom-draft.ts';

t.test('counts what it is given', async (t) => {
  await using draft = createPhantomDraft('an-id', 'note.txt');
  await draft.write(Buffer.from('hel'));
  await draft.write(Buffer.from('lo'));
  await draft.seal();
  t.same(await draft.commit(), {
    id: 'an-id',
    name: 'note.txt',
    size: 5,
    sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    isReplacement: false,
  });
});
