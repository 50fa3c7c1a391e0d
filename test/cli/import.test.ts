import { join } from 'node:path';

import t from 'tap';

import { createFakeTerminal, folderOf, portico } from './fakes.ts';

t.test('prints a configuration, and on standard error what is not as it was', async (t) => {
  const folder = folderOf(t, {
    'inetd.conf':
      'echo stream tcp nowait root internal\nwalld/1 dgram rpc/udp wait root /usr/sbin/rpc.rwalld x\u001b[2J\n',
    allow: '',
    deny: '',
  });
  const args = ['import', 'inetd', 'inetd.conf', '--hosts-allow', 'allow', '--hosts-deny', 'deny', '--dialect', 'gnu'];
  const { code, out, err } = await portico(args, createFakeTerminal({ directory: folder }));
  t.equal(code, 0);
  t.match(out, 'services:\n');
  t.match(
    out,
    `  # ${folder}/inetd.conf:1: echo stream tcp nowait root internal\n  echo:\n    listen: tcp://0.0.0.0:echo\n`,
  );
  t.notMatch(out, '\u001b');
  t.equal(err, `${folder}/inetd.conf:2: not converted: its port is found through rpcbind, which we do not serve\n`);
});

t.test('reads xinetd and systemd too', async (t) => {
  const folder = folderOf(t, {
    'x/time': 'service time\n{\ntype = INTERNAL\nsocket_type = stream\nwait = no\n}\n',
    's/a.socket': '[Socket]\nListenStream=2345\n',
  });
  const terminal = (): ReturnType<typeof createFakeTerminal> => createFakeTerminal({ directory: folder });
  t.match(await portico(['import', 'xinetd', 'x'], terminal()), { code: 0, out: /\n {2}time:\n/ });
  t.match(await portico(['import', 'systemd', 's'], terminal()), {
    code: 0,
    err: /not converted: there is no a\.service\n$/,
  });
});

t.test('says what it cannot read', async (t) => {
  const folder = folderOf(t, { prose: 'Dear Sir,\n' });
  for (const [args, code, err] of [
    [['import', 'inetd', 'prose'], 78, `portico: ${join(folder, 'prose')}: there is nothing of inetd.conf(5) in it\n`],
    [['import', 'inetd', 'none'], 78, `portico: ${join(folder, 'none')}: there is no such file\n`],
    [
      ['import', 'launchd', 'x'],
      64,
      'portico: expected inetd, xinetd or systemd, got "launchd"\nTry "portico import --help".\n',
    ],
    [
      ['import', 'inetd', 'prose', '--dialect', 'sunos'],
      64,
      'portico: --dialect: expected one of openbsd, gnu, freebsd, netbsd, got "sunos"\nTry "portico import --help".\n',
    ],
    [
      ['import', 'xinetd', 'prose', '--dialect', 'gnu'],
      64,
      'portico: --dialect: expected none but for inetd, got "gnu"\nTry "portico import --help".\n',
    ],
  ] as const) {
    t.same(await portico(args, createFakeTerminal({ directory: folder })), { code, out: '', err }, args.join(' '));
  }
  t.match(await portico(['import', 'inetd']), { code: 64, out: '' });
});
