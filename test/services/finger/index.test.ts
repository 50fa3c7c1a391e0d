import { symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import finger from '../../../src/services/finger/index.ts';
import { maxPlanBytes } from '../../../src/services/finger/service.ts';
import { describeService } from '../../support/describe-service.ts';
import { serve, type Served } from '../../support/serve.ts';

const plans = t.testdir({
  alice: 'On holiday.\n\tBack on Monday.\n\n',
  bob: 'ring\x07 \x1b[31mred\u202e\r\nsecond\xff',
  empty: '',
  '.secret': 'x',
  'no name': 'x',
  folder: { inside: 'x' },
});
symlinkSync('/etc/hostname', join(plans, 'out'));
utimesSync(join(plans, 'alice'), 1_700_000_000, 1_700_000_000);

describeService(finger, { options: { plans }, send: '/W alice\r\n' });

async function ask(served: Served, line: string): Promise<string> {
  const { peer, ended } = await served.connect();
  await peer.write(line);
  const answer = await peer.rest();
  peer.end();
  await ended;
  return answer.toString();
}

t.test('tells what somebody has to say', async (t) => {
  const served = await serve(finger, { options: { plans } });
  t.teardown(() => served.close());
  t.equal(await ask(served, 'alice\r\n'), 'Name: alice\r\nPlan:\r\nOn holiday.\r\n\tBack on Monday.\r\n');
  t.equal(
    await ask(served, '/W alice\r\n'),
    'Name: alice\r\nChanged: 2023-11-14T22:13:20Z\r\nPlan:\r\nOn holiday.\r\n\tBack on Monday.\r\n',
  );
  t.equal(await ask(served, 'empty\n'), 'Name: empty\r\nNo plan.\r\n');
});

t.test('lets nothing through that moves a cursor', async (t) => {
  const served = await serve(finger, { options: { plans } });
  t.teardown(() => served.close());
  t.equal(
    await ask(served, 'bob\r\n'),
    'Name: bob\r\nPlan:\r\n' + String.raw`ring\x07 \x1b[31mred\u202e` + '\r\nsecondÿ\r\n',
  );
});

t.test('says the same of everybody whom there is nothing of', async (t) => {
  const served = await serve(finger, { options: { plans } });
  t.teardown(() => served.close());
  for (const name of ['carol', '.secret', 'no name', 'folder', 'out', '../finger/alice', '/etc/passwd', 'a\x07'])
    t.equal(await ask(served, `${name}\r\n`), 'There is nobody of that name.\r\n', name);
});

t.test('asks no other host', async (t) => {
  const served = await serve(finger, { options: { plans } });
  t.teardown(() => served.close());
  for (const query of ['alice@example.org', '@example.org', '/W alice@a@b'])
    t.equal(await ask(served, `${query}\r\n`), 'Finger forwarding service denied.\r\n', query);
});

t.test('lists people only where it shall', async (t) => {
  const silent = await serve(finger, { options: { plans } });
  t.teardown(() => silent.close());
  t.equal(await ask(silent, '\r\n'), 'Finger online user list denied.\r\n');
  const open = await serve(finger, { options: { plans, list: true } });
  t.teardown(() => open.close());
  t.equal(await ask(open, '\r\n'), 'alice\r\nbob\r\nempty\r\n');
  t.match(await ask(open, '/W\r\n'), /^alice\t2023-11-14T22:13:20Z\r\nbob\t/);
  const none = await serve(finger, { options: { plans: join(plans, 'folder', 'new'), list: true } });
  t.teardown(() => none.close());
  t.equal(await ask(none, '\r\n'), 'Nobody has a plan.\r\n');
});

t.test('takes questions of up to 512 bytes', async (t) => {
  const served = await serve(finger, { options: { plans } });
  t.teardown(() => served.close());
  t.equal(
    await ask(served, `${' '.repeat(507)}alice\r\n`),
    'Name: alice\r\nPlan:\r\nOn holiday.\r\n\tBack on Monday.\r\n',
  );
  t.equal(await ask(served, `${' '.repeat(508)}alice\r\n`), 'The question is too long.\r\n');
});

t.test('tells so much of a plan', async (t) => {
  const folder = t.testdir({ fits: 'x'.repeat(maxPlanBytes), longer: 'x'.repeat(maxPlanBytes + 1) });
  const served = await serve(finger, { options: { plans: folder } });
  t.teardown(() => served.close());
  t.equal((await ask(served, 'fits\r\n')).length, 'Name: fits\r\nPlan:\r\n\r\n'.length + 65_536);
  t.match(await ask(served, 'longer\r\n'), /xx\r\n…\r\n$/);
});
