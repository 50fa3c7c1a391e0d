import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { needProgram } from '../../support/peers.ts';
import { setUp } from './clients.ts';

const { signal } = new AbortController();
const names = ['a.example'];

if (needProgram(t, 'openssl') !== null) {
  t.test('an account is found by its key', async (t) => {
    const { server, folder, obtain } = await setUp(t);
    await obtain('a.example');
    const [known = ''] = readdirSync(folder).filter((file) => file.endsWith('.json'));
    rmSync(join(folder, known));
    await obtain('a.example');
    t.equal(server.accounts.size, 1);
    t.same(
      server.payloads.filter(({ step }) => step === 'new-account').map(({ payload }) => payload),
      [{ termsOfServiceAgreed: true, contact: [] }, { onlyReturnExisting: true }],
    );
    t.ok(readdirSync(folder).includes(known));
  });

  t.test('a key that was made, and never shown to the authority', async (t) => {
    const { server, obtain } = await setUp(t);
    server.trouble.instead['new-account'] = [{ status: 500 }];
    await t.rejects(obtain('a.example'), { message: `${server.host} failed at a new account with HTTP status 500` });
    t.ok((await obtain('a.example')).cert);
    t.equal(server.accounts.size, 1);
  });

  t.test('another contact is told once', async (t) => {
    const { server, logs, obtain, again } = await setUp(t);
    await obtain('a.example');
    const client = again({ email: 'admin@a.example' });
    await client.obtain({ names, signal });
    await client.obtain({ names, signal });
    t.match([...server.accounts.values()], [{ contact: ['mailto:admin@a.example'] }]);
    t.equal(server.asked.filter((line) => line === 'POST account').length, 1);
    t.equal(logs.at(-1)?.message, `${server.host} was told the account's contact`);
    await obtain('a.example');
    t.match([...server.accounts.values()], [{ contact: [] }]);
  });

  t.test('an address that is none is not sent', async (t) => {
    const { server, again } = await setUp(t);
    for (const email of ['', 'admin', 'a@b@c', 'a@b.example?subject=x', 'a@b.example,c@d.example', 'a @b.example'])
      await t.rejects(again({ email }).obtain({ names, signal }), { message: 'email has to be one address' }, email);
    t.same(server.asked, []);
  });

  t.test('an account that is switched off is told with its file', async (t) => {
    const { server, folder, obtain } = await setUp(t);
    await obtain('a.example');
    for (const account of server.accounts.values()) account.status = 'deactivated';
    await t.rejects(obtain('a.example'), {
      message: `${server.host} refused the order: the account is deactivated (unauthorized)`,
    });
    for (const file of readdirSync(folder)) if (file.endsWith('.json')) rmSync(join(folder, file));
    await t.rejects(obtain('a.example'), {
      message: new RegExp(`^the account at ${server.host} is deactivated: move ${folder}/account-.*\\.key away`),
    });
  });

  t.test('an account whose URL may not be gone to is looked for again', async (t) => {
    const { server, folder, obtain } = await setUp(t);
    await obtain('a.example');
    const [known = ''] = readdirSync(folder).filter((file) => file.endsWith('.json'));
    const [thumbprint] = [...server.accounts.values()].map((account) => account.thumbprint);
    writeFileSync(join(folder, known), JSON.stringify({ kid: 'http://192.0.2.1/', email: null, key: thumbprint }));
    t.ok((await obtain('a.example')).cert);
    t.equal(server.accounts.size, 1);
  });

  t.test('an authority that wants another kind of account', async (t) => {
    const { server, obtain } = await setUp(t);
    server.trouble.edit.directory = (json) => ({ ...json, meta: { externalAccountRequired: true } });
    await t.rejects(obtain('a.example'), {
      message: `${server.host} wants an account of another kind to be bound to (externalAccountRequired), which Portico cannot give`,
    });
  });

  t.test('an account without a usable URL', async (t) => {
    const { server, obtain } = await setUp(t);
    server.trouble.instead['new-account'] = [{ status: 201, body: { status: 'valid' } }];
    await t.rejects(obtain('a.example'), { message: `${server.host} gave no usable URL for the account` });
  });
}
