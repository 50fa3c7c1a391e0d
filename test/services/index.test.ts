import t from 'tap';

import { withBase } from '../../src/contract/options.ts';
import { loadServices, services } from '../../src/services/index.ts';

t.test('lists every built-in type under its name', async (t) => {
  t.same([...services.keys()].sort(), [
    'cgi',
    'chargen',
    'chat',
    'daytime',
    'discard',
    'echo',
    'exec',
    'finger',
    'forward',
    'ftp',
    'gopher',
    'http',
    'imap',
    'pop3',
    'qotd',
    'sftp',
    'smtp',
    'syslog',
    'tftp',
    'time',
    'xmlrpc',
  ]);
  for (const [name, { name: own, summary }] of await loadServices()) {
    t.equal(name, own);
    t.match(summary, /^\S.{10,80}$/);
  }
});

t.test('loads only the types that are named, and leaves out what is none of ours', async (t) => {
  const loaded = await loadServices(['qotd', '/srv/own.ts', 'echo', 'toString']);
  t.same([...loaded.keys()], ['qotd', 'echo']);
});

t.test('which of them take things in, with which options', async (t) => {
  const modules = await loadServices();
  const receives = (type: string, options: object, deliver: readonly string[] = []): boolean | undefined => {
    const module = modules.get(type);
    return module?.receives?.(
      withBase('/', () => module.options.parse(options)),
      deliver,
    );
  };
  for (const [type, options, deliver, expected] of [
    ['smtp', {}, [], true],
    ['imap', {}, [], true],
    ['ftp', {}, [], true],
    ['ftp', { write: false }, [], false],
    ['ftp', { write: false, anonymous: { root: '/srv' } }, [], false],
    ['ftp', { write: false, anonymous: { root: '/srv', write: true } }, [], true],
    ['sftp', {}, [], true],
    ['sftp', { write: false }, [], false],
    ['tftp', { root: '/srv' }, [], false],
    ['tftp', { root: '/srv', write: true }, [], true],
    ['syslog', { file: '/var/log/all' }, [], false],
    ['syslog', {}, ['archive'], true],
    ['http', { routes: { '/': { files: '/srv' } } }, ['archive'], false],
    ['http', { routes: { '/': { files: '/srv' }, '/drop/': { upload: true, directory: '/srv' } } }, [], true],
  ] as const) {
    t.equal(receives(type, options, deliver), expected, `${type} ${JSON.stringify(options)}`);
  }
  const silent = [...modules].filter(([, module]) => module.receives === undefined).map(([name]) => name);
  t.same(silent.sort(), [
    'cgi',
    'chargen',
    'chat',
    'daytime',
    'discard',
    'echo',
    'exec',
    'finger',
    'forward',
    'gopher',
    'pop3',
    'qotd',
    'time',
    'xmlrpc',
  ]);
});
