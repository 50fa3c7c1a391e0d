import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import gopher from '../../../src/services/gopher/index.ts';
import { maxMapBytes } from '../../../src/services/gopher/service.ts';
import { describeService } from '../../support/describe-service.ts';
import { serve, type Served } from '../../support/serve.ts';

const hole = t.testdir({
  'about.txt': 'Two lines\n.and a dot\n',
  'page.html': '<p>Hi',
  'photo.gif': 'GIF89a',
  'logo.png': '\x89PNG',
  README: 'read me',
  'tool.bin': Buffer.from([0, 255, 10, 46, 10]),
  '.hidden': 'x',
  notes: {
    'one.txt': 'one',
    gophermap: '!Notes\nFree text\n1Up\t/\n0First\tone.txt\n0one.txt\t\n1There\t/x\texample.org\t7070\n*\n',
  },
  empty: {},
});
symlinkSync('/etc', join(hole, 'out'));
symlinkSync('about.txt', join(hole, 'same.txt'));

describeService(gopher, { options: { root: hole }, send: '/about.txt\r\n' });

async function ask(served: Served, line: string): Promise<string> {
  const { peer, ended } = await served.connect();
  await peer.write(line);
  const answer = await peer.rest();
  peer.end();
  await ended;
  return answer.toString('latin1').replaceAll(String(served.port), 'PORT');
}

t.test('shows what is in a folder', async (t) => {
  const served = await serve(gopher, { options: { root: hole } });
  t.teardown(() => served.close());
  const menu = [
    '1empty\t/empty\t127.0.0.1\tPORT',
    '1notes\t/notes\t127.0.0.1\tPORT',
    '0README\t/README\t127.0.0.1\tPORT',
    '0about.txt\t/about.txt\t127.0.0.1\tPORT',
    'Ilogo.png\t/logo.png\t127.0.0.1\tPORT',
    'hpage.html\t/page.html\t127.0.0.1\tPORT',
    'gphoto.gif\t/photo.gif\t127.0.0.1\tPORT',
    '0same.txt\t/same.txt\t127.0.0.1\tPORT',
    '9tool.bin\t/tool.bin\t127.0.0.1\tPORT',
    '.',
    '',
  ].join('\r\n');
  t.equal(await ask(served, '\r\n'), menu);
  t.equal(await ask(served, '/\n'), menu, 'and "/" is the same, and so is a line that ends with LF');
  t.equal(await ask(served, '/\t+\r\n'), menu, 'and what Gopher+ asks for');
  t.equal(await ask(served, '/empty\r\n'), '.\r\n');
});

t.test('shows what somebody has written in its place', async (t) => {
  const served = await serve(gopher, { options: { root: hole } });
  t.teardown(() => served.close());
  t.equal(
    await ask(served, '/notes\r\n'),
    [
      'iNotes\t\terror.host\t1',
      'iFree text\t\terror.host\t1',
      '1Up\t/\t127.0.0.1\tPORT',
      '0First\t/notes/one.txt\t127.0.0.1\tPORT',
      '0one.txt\t/notes/one.txt\t127.0.0.1\tPORT',
      '1There\t/x\texample.org\t7070',
      '0one.txt\t/notes/one.txt\t127.0.0.1\tPORT',
      '.',
      '',
    ].join('\r\n'),
  );
});

t.test('sends texts with dots, and everything else as it is', async (t) => {
  const served = await serve(gopher, { options: { root: hole } });
  t.teardown(() => served.close());
  t.equal(await ask(served, '/about.txt\r\n'), 'Two lines\r\n..and a dot\r\n.\r\n');
  t.equal(await ask(served, 'about.txt\r\n'), 'Two lines\r\n..and a dot\r\n.\r\n', 'a selector without its slash');
  t.equal(await ask(served, '/README\r\n'), 'read me\r\n.\r\n');
  t.equal(await ask(served, '/page.html\r\n'), '<p>Hi');
  t.equal(await ask(served, '/tool.bin\r\n'), '\0\xff\n.\n');
});

t.test('says the same of what is not there and of what is not to be seen', async (t) => {
  const served = await serve(gopher, { options: { root: hole } });
  t.teardown(() => served.close());
  for (const selector of ['/missing', '/out/passwd', '/../../etc/passwd', '/about.txt/x'])
    t.equal(await ask(served, `${selector}\r\n`), `3There is no ${selector}\t\terror.host\t1\r\n.\r\n`);
  t.equal(await ask(served, '/a\x07b\r\n'), String.raw`3There is no /a\x07b` + '\t\terror.host\t1\r\n.\r\n');
});

t.test('takes selectors of up to 255 characters and lines of up to 1024 bytes', async (t) => {
  const served = await serve(gopher, { options: { root: hole } });
  t.teardown(() => served.close());
  const tooLong = '3The selector is too long\t\terror.host\t1\r\n.\r\n';
  t.match(await ask(served, `/${'x'.repeat(254)}\r\n`), /^3There is no /);
  t.equal(await ask(served, `/${'x'.repeat(255)}\r\n`), tooLong);
  t.match(await ask(served, `/x\t${'y'.repeat(1021)}\r\n`), /^3There is no /);
  t.equal(await ask(served, `/x\t${'y'.repeat(1022)}\r\n`), tooLong);
});

t.test('gives itself the name that it is known by', async (t) => {
  const served = await serve(gopher, { options: { root: hole, hostname: 'gopher.example.org', port: 70 } });
  t.teardown(() => served.close());
  t.match(await ask(served, '\r\n'), /^1empty\t\/empty\tgopher\.example\.org\t70\r\n/);
});

t.test('leads to the web', async (t) => {
  const served = await serve(gopher, { options: { root: hole } });
  t.teardown(() => served.close());
  t.match(await ask(served, 'URL:https://example.org/?a="b"\r\n'), /url=https:\/\/example\.org\/\?a=%22b%22">/);
  t.match(await ask(served, 'URL:javascript:alert(1)\r\n'), /^3That leads nowhere\t/);
});

t.test('shows so much of a menu that somebody has written', async (t) => {
  const root = t.testdir({ gophermap: `${'x'.repeat(maxMapBytes - 1)}yz` });
  const served = await serve(gopher, { options: { root } });
  t.teardown(() => served.close());
  const answer = await ask(served, '\r\n');
  t.ok(answer.startsWith('ixxx'));
  t.ok(answer.endsWith('xy\t\terror.host\t1\r\n.\r\n'));
});

t.test('searches with a module', async (t) => {
  const root = t.testdir({ 'a.txt': 'a' });
  const folder = t.testdir({});
  const path = join(t.testdirName, 'find.ts');
  writeFileSync(
    path,
    `export const title = 'Find something';
export default async (query: string, { selector }: { selector: string }) => {
  if (query === '') return 'What?\\n';
  if (query === 'broken') return [{ type: 'toolong', name: 'x', selector: 'x' }];
  return [
    { type: '0', name: \`\${query} at \${selector}\\r\\n0evil\`, selector: '/a.txt' },
    { type: '1', name: 'Elsewhere', selector: '/', host: 'example.org', port: 70 },
    { type: 'i', name: 'That is all' },
  ];
};
`,
  );
  const served = await serve(gopher, { options: { root: folder, search: { '/find': path } } });
  t.teardown(() => served.close());
  t.ok(root);
  t.match(await ask(served, '\r\n'), /7Find something\t\/find\t127\.0\.0\.1\tPORT\r\n\.\r\n$/);
  t.equal(
    await ask(served, '/find\tcats\r\n'),
    [
      String.raw`0cats at /find\r\n0evil` + '\t/a.txt\t127.0.0.1\tPORT',
      '1Elsewhere\t/\texample.org\t70',
      'iThat is all\t\t127.0.0.1\tPORT',
      '.',
      '',
    ].join('\r\n'),
  );
  t.equal(await ask(served, '/find\r\n'), 'What?\r\n.\r\n');
  t.equal(await ask(served, '/find\tbroken\r\n'), '');
  t.match(served.failures, [{ message: 'expected a type of one character' }], 'that is a fault of ours');
});

t.test('does not start with a search that is none', async (t) => {
  const folder = t.testdir({ 'no.ts': 'export default 1;' });
  const options = gopher.options.parse({ root: folder, search: { '/find': join(folder, 'no.ts') } });
  await t.rejects(
    Promise.resolve().then(() => gopher.create(options, { loadModule: async () => ({ default: 1 }) } as never)),
    /expected a default export that is a function/,
  );
  t.equal(gopher.usesModules?.(options), true);
  t.equal(gopher.usesModules?.(gopher.options.parse({ root: folder })), false);
  t.equal(gopher.options.safeParse({ root: folder, search: { find: './x.ts' } }).success, false);
});
