import t from 'tap';

import type { Json } from '../../src/contract/bus.ts';
import { createMailboxFinder, findNoMailboxes } from '../../src/worker/mailbox-finder.ts';

t.test('asks for all addresses at once', async (t) => {
  const asked: unknown[] = [];
  const find = createMailboxFinder(async (request) => {
    asked.push(request);
    return [null, { account: 'alice', room: null }];
  });
  t.same(await find(['x@y.example', 'alice@y.example']), [null, { account: 'alice', room: null }]);
  t.same(asked, [{ what: 'mailboxes', addresses: ['x@y.example', 'alice@y.example'] }]);
});

t.test('what is no answer is a reason to try again', async (t) => {
  const temporary = (answer: () => Promise<Json>, message: string) =>
    t.rejects(createMailboxFinder(answer)(['a@b.example']), { name: 'TemporaryError', message });
  await temporary(async () => null, 'accounts cannot be asked: no answer');
  await temporary(async () => 'the file is gone', 'accounts cannot be asked: the file is gone');
  await temporary(() => Promise.reject(new Error('busy')), 'accounts cannot be asked: busy');
});

t.test('where there are no accounts, nobody is asked', async (t) => {
  t.same(await findNoMailboxes(['a@b.example', 'c@d.example']), [null, null]);
});
