import t from 'tap';

import type { Account } from '../../src/contract/account.ts';
import { PeerError } from '../../src/contract/errors.ts';
import { withBase } from '../../src/contract/option-text.ts';
import { accountRoot, commonRoot, rootTemplate } from '../../src/wire/account-root.ts';

const alice: Account = {
  name: 'alice',
  home: '/homes/{account}/$&',
  services: null,
  permissions: [],
  quota: null,
  mail: [],
};

for (const [text, expected] of [
  ['{home}', '{home}'],
  ['{home}/in/{account}', '{home}/in/{account}'],
  ['/srv/files', '/srv/files'],
  ['./files', '/etc/portico/files'],
  ['drop/{account}', '/etc/portico/drop/{account}'],
  ['{account}', '/etc/portico/{account}'],
] as const) {
  t.test(`takes ${text}`, async (t) => {
    const parsed = withBase('/etc/portico', () => rootTemplate().safeParse(text));
    t.same(parsed, { success: true, data: expected });
    t.same(rootTemplate().parse(parsed.data), expected, 'and what comes of it');
  });
}

for (const [text, expected] of [
  ['', 'expected a path, got ""'],
  ['/srv/{home}', 'expected {home} at the beginning only, got "/srv/{home}"'],
  ['{home}/{home}', 'expected {home} at the beginning only, got "{home}/{home}"'],
  ['{homes}', 'expected placeholders out of {home} {account}, got "{homes}"'],
  ['/srv/{account', 'expected every brace to have its other half, got "/srv/{account"'],
  ['/srv/}', 'expected every brace to have its other half, got "/srv/}"'],
  ['{home}s', 'expected a slash or nothing behind {home}, got "{home}s"'],
  ['{home}/../bob', 'expected a path that stays in {home}, got "{home}/../bob"'],
  [`{home}/${'x'.repeat(4_100)}`, /^expected a path of at most 4095 bytes/],
] as const) {
  t.test(`says what is wrong with ${JSON.stringify(text.slice(0, 20))}`, async (t) => {
    t.match(rootTemplate().safeParse(text).error?.issues[0]?.message, expected);
  });
}

t.test('a folder for each account', async (t) => {
  t.equal(accountRoot('/srv/files', null), '/srv/files');
  t.equal(accountRoot('/srv/files', alice), '/srv/files');
  t.equal(accountRoot('/srv/{account}/in', alice), '/srv/alice/in');
  t.equal(accountRoot('{home}', alice), '/homes/{account}/$&');
  t.equal(accountRoot('{home}/in/{account}', alice), '/homes/{account}/$&/in/alice');
});

t.test('nobody has none', async (t) => {
  t.throws(() => accountRoot('{home}', null), PeerError);
  t.throws(() => accountRoot('/srv/{account}', null), PeerError);
});

t.test('what of it is there whoever comes', async (t) => {
  for (const [template, folder] of [
    ['/srv/files', '/srv/files'],
    ['/srv/drop/{account}', '/srv/drop'],
    ['/srv/drop/{account}/in', '/srv/drop'],
    ['/srv/of-{account}', '/srv'],
    ['/{account}', '/'],
    ['{home}', null],
    ['{home}/in', null],
  ] as const)
    t.equal(commonRoot(template), folder, template);
});
