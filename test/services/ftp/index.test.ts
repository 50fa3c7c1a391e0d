import fs from 'node:fs';

import t from 'tap';

import ftp from '../../../src/services/ftp/index.ts';
import { describeService } from '../../support/describe-service.ts';
import { listenPlan } from '../../support/plans.ts';
import { alicePassword, setUp } from './stage.ts';

describeService(ftp, {
  send: 'FEAT\r\nUSER alice\r\nPASS wrong\r\nPWD\r\nNOOP\r\n\r\nSITE HELP\r\nQUIT\r\n',
});

t.test('shows a command that reaches it', async (t) => {
  const at = { kind: 'tcp', host: '127.0.0.1', port: 2021, path: '' } as const;
  t.equal(ftp.trial?.(at), 'curl -u NAME ftp://127.0.0.1:2021/');
  t.equal(ftp.trial?.({ ...at, kind: 'tls', host: '::' }), 'curl -u NAME -k ftps://[::1]:2021/');
  t.equal(
    ftp.trial?.({ ...at, kind: 'unix', path: '/run/ftp' }),
    String.raw`printf 'FEAT\r\nQUIT\r\n' | nc -U /run/ftp`,
  );
});

t.test('the folders that are there whoever comes', async (t) => {
  const folders = (given: object) => ftp.folders?.(ftp.options.parse(given));
  t.same(folders({}), [], 'homes are for their accounts');
  t.same(folders({ root: '/srv/drop/{account}', anonymous: { root: '/srv/pub' } }), ['/srv/drop', '/srv/pub']);
  t.same(folders({ root: '/srv/drop/{account}', file_system: '/srv/files.js' }), []);
});

t.test('the range of ports for data has not the port of the service in it', async (t) => {
  const check = (ports: string) =>
    ftp.check?.(ftp.options.parse({ passive_ports: ports }), [listenPlan('tcp://*:2021')], []);
  t.equal(check('0'), null);
  t.equal(check('2022-2100'), null);
  t.equal(check('2000-2020'), null);
  for (const ports of ['2021-2100', '2000-2021', '2021']) {
    t.same(check(ports), {
      path: 'passive_ports',
      message: 'expected a range without the port of tcp://*:2021, where the service listens',
    });
  }
});

t.test('a session from beginning to end', async (t) => {
  const { open, home, served } = await setUp(t, { files: { 'a.txt': 'one\n' } });
  const { ask, fetch, store } = await open();
  t.equal(await ask('USER alice'), '331 And the password?');
  t.equal(await ask(`PASS ${alicePassword}`), '230 Welcome');
  t.equal(await ask('PWD'), '257 "/" is where you are');
  t.equal(await ask('TYPE I'), '200 Type is binary');
  t.equal(await ask('SIZE a.txt'), '213 4');
  t.equal((await fetch('RETR a.txt')).toString(), 'one\n');
  t.equal(await store('STOR b.txt', 'two\n'), '226 All is taken and on disk');
  t.equal(fs.readFileSync(`${home}/b.txt`, 'utf8'), 'two\n');
  t.match((await fetch('LIST')).toString(), /^-rw-.*a\.txt\r\n-rw-.*b\.txt\r\n$/);
  t.equal(await ask('QUIT'), '221 Bye');
  t.match(served.items, [{ name: 'b.txt', size: 4, account: 'alice' }]);
  t.same(served.failures, []);
});
