import t from 'tap';

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
