import t from 'tap';

import { namedPaths } from '../../src/doctor/named-paths.ts';
import { servicePlan } from '../support/plans.ts';

/** "read enter folder /srv/pub", "… made" for what need not be there. */
const named = (type: string, options: object) =>
  namedPaths(servicePlan({ type, options: options as never, base: '/srv' })).map(({ path, wants, kind, isMade }) =>
    [...wants, kind ?? 'any', path, ...(isMade ? ['made'] : [])].join(' '),
  );

t.test('folders that are shown, and those that are written to', async (t) => {
  t.same(named('http', { routes: { '/': { files: './pub' } } }), ['read enter folder /srv/pub']);
  t.same(named('http', { routes: { '/in': { upload: true, directory: './in' } } }), [
    'read write enter folder /srv/in made',
  ]);
  t.same(named('gopher', { root: './pub' }), ['read enter folder /srv/pub']);
  t.same(named('finger', { plans: './plans' }), ['read enter folder /srv/plans']);
  t.same(named('ftp', { root: './pub' }), ['read write enter folder /srv/pub made']);
  t.same(named('ftp', { root: './pub', write: false }), ['read enter folder /srv/pub']);
  t.same(named('ftp', { anonymous: { root: './pub' } }), ['read enter folder /srv/pub']);
  t.same(named('ftp', { anonymous: { root: './in', write: true } }), ['read write enter folder /srv/in made']);
  t.same(named('sftp', { root: './partners/{account}/in' }), ['read write enter folder /srv/partners made']);
  t.same(named('sftp', { root: '{home}/in' }), [], 'each account has its own');
  t.same(named('tftp', { root: './boot' }), ['read enter folder /srv/boot']);
  t.same(named('tftp', { root: './boot', write: true }), ['read write enter folder /srv/boot made']);
});

t.test('what the master makes at the start need not be there', async (t) => {
  const service = servicePlan({ type: 'ftp', options: { root: './pub', write: false }, base: '/srv' });
  t.match(namedPaths({ ...service, folders: ['/srv/pub'] }), [{ path: '/srv/pub', isMade: true }]);
  t.match(namedPaths({ ...service, folders: ['/srv'] }), [{ path: '/srv/pub', isMade: false }]);
});

t.test('files', async (t) => {
  t.same(named('sftp', { host_keys: ['./a', '/b'] }), ['read file /srv/a', 'read file /b']);
  t.same(named('sftp', { host_keys: 'auto' }), []);
  t.same(named('gopher', { search: { '/find': './find.ts' } }), ['read file /srv/find.ts']);
  t.same(named('xmlrpc', { methods: { math: './math.ts' } }), ['read file /srv/math.ts']);
  t.same(named('http', { routes: { '/': { xmlrpc: { methods: { math: './math.ts' } } } } }), [
    'read file /srv/math.ts',
  ]);
  t.same(named('http', { routes: { '/': { module: './app.ts' } } }), ['read file /srv/app.ts']);
  t.same(named('/srv/greeter.ts', {}), ['read file /srv/greeter.ts'], 'the module that is the service');
  t.same(named('/srv/greeter.ts', { search: ['lines'] }), ['read file /srv/greeter.ts'], 'and what its words mean');
});

t.test('a log is appended to, and put aside in its folder', async (t) => {
  const file = 'write file /srv/log/all made';
  t.same(named('syslog', { file: './log/all' }), [file]);
  t.same(named('syslog', { file: { path: './log/all', format: 'json' } }), [file]);
  t.same(named('syslog', { file: { path: './log/all', rotate: { size: '1MB' } } }), [
    'write enter folder /srv/log made',
    file,
  ]);
});

t.test('programs', async (t) => {
  t.same(named('exec', { command: ['/bin/cat', './x'], directory: './there' }), [
    'enter any /bin/cat',
    'enter folder /srv/there',
  ]);
  t.same(named('exec', { command: ['./own'] }), ['enter any /srv/own']);
  t.same(named('cgi', { root: './cgi-bin', interpreters: { '.php': ['/usr/bin/php-cgi', '-q'] } }), [
    'enter any /srv/cgi-bin',
    'enter any /usr/bin/php-cgi',
  ]);
  t.same(named('http', { routes: { '/': { fastcgi: 'unix:/run/php.sock', root: '/there/only' } } }), []);
});
