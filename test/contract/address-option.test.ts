import { address, usePortNames } from '../../src/contract/address-option.ts';
import { table } from './table.ts';

usePortNames((name, protocol) => (name === 'smtp' && protocol === 'tcp' ? 25 : null));

const blank = { host: '', port: 0, path: '', name: '' };
const noAddress = 'expected an address such as "tcp://127.0.0.1:2007", got';
const noPort = 'expected a port from 0 to 65535, got';
const noName = 'expected a port number, or a name that the services database knows, got';
const noHost = 'expected an IPv4 address, an [IPv6] address, "*" or a host name, got';
const longest = `/${'a'.repeat(106)}`;
const label = 'a'.repeat(63);
table('address', address(), [
  ['tcp://127.0.0.1:2007', { ...blank, kind: 'tcp', text: 'tcp://127.0.0.1:2007', host: '127.0.0.1', port: 2007 }],
  ['tls://localhost:0', { ...blank, kind: 'tls', text: 'tls://localhost:0', host: 'localhost', port: 0 }],
  ['udp://*:65535', { ...blank, kind: 'udp', text: 'udp://*:65535', host: '*', port: 65_535 }],
  ['tcp://[::1]:80', { ...blank, kind: 'tcp', text: 'tcp://[::1]:80', host: '::1', port: 80 }],
  ['tcp://[fe80::1%lo]:80', { ...blank, kind: 'tcp', text: 'tcp://[fe80::1%lo]:80', host: 'fe80::1%lo', port: 80 }],
  [
    'tcp://my_host-1.example.:smtp',
    { ...blank, kind: 'tcp', text: 'tcp://my_host-1.example.:smtp', host: 'my_host-1.example.', port: 25 },
  ],
  [`tcp://${label}:1`, { ...blank, kind: 'tcp', text: `tcp://${label}:1`, host: label, port: 1 }],
  ['unix:run/a.sock', { ...blank, kind: 'unix', text: 'unix:run/a.sock', path: '/etc/portico/run/a.sock' }],
  ['unix:/run/a.sock', { ...blank, kind: 'unix', text: 'unix:/run/a.sock', path: '/run/a.sock' }],
  [`unix:${longest}`, { ...blank, kind: 'unix', text: `unix:${longest}`, path: longest }],
  ['socket:web.1', { ...blank, kind: 'socket', text: 'socket:web.1', name: 'web.1' }],
  ['tcp://127.0.0.1:65536', `${noPort} "tcp://127.0.0.1:65536"`],
  ['tcp://127.0.0.1:000080', `${noPort} "tcp://127.0.0.1:000080"`],
  ['tcp://127.0.0.1:-1', `${noName} "tcp://127.0.0.1:-1"`],
  ['tcp://127.0.0.1:nonsense', `${noName} "tcp://127.0.0.1:nonsense"`],
  ['udp://127.0.0.1:smtp', `${noName} "udp://127.0.0.1:smtp"`],
  ['tcp://127.0.0.1', 'expected a port as well, as in "tcp://127.0.0.1:2007", got "tcp://127.0.0.1"'],
  ['tcp://127.0.0.1:', 'expected a port as well, as in "tcp://127.0.0.1:2007", got "tcp://127.0.0.1:"'],
  ['tls://[::1]', 'expected a port as well, as in "tls://[::1]:8443", got "tls://[::1]"'],
  ['tcp://:80', `${noAddress} "tcp://:80"`],
  ['tcp://::1:80', `${noAddress} "tcp://::1:80"`],
  ['tcp://h:80/', `${noName} "tcp://h:80/"`],
  ['127.0.0.1:80', `${noAddress} "127.0.0.1:80"`],
  ['http://127.0.0.1:80', `${noAddress} "http://127.0.0.1:80"`],
  ['unix:', `${noAddress} "unix:"`],
  ['unix:a\0b', 'expected a path, got "a\\u0000b"'],
  [`unix:${longest}b`, `expected a path of at most 107 bytes for a unix socket, got "unix:/${'a'.repeat(54)}…"`],
  ['socket:a/b', 'expected a socket name of letters, digits, ".", "_" and "-", got "socket:a/b"'],
  ['tcp://[::g]:80', 'expected an IPv6 address in the brackets, got "tcp://[::g]:80"'],
  ['tcp://[127.0.0.1]:80', 'expected an IPv6 address in the brackets, got "tcp://[127.0.0.1]:80"'],
  ['tcp://256.0.0.1:80', `${noHost} "tcp://256.0.0.1:80"`],
  ['tcp://127.1:80', `${noHost} "tcp://127.1:80"`],
  ['tcp://a..b:80', `${noHost} "tcp://a..b:80"`],
  ['tcp://-a:80', `${noHost} "tcp://-a:80"`],
  ['tcp://a b:80', `${noHost} "tcp://a b:80"`],
  [`tcp://${label}a:1`, `${noHost} "tcp://${'a'.repeat(54)}…"`],
  [2007, `${noAddress} 2007`],
]);

table('address to connect to', address({ isDestination: true }), [
  ['tcp://127.0.0.1:1', { ...blank, kind: 'tcp', text: 'tcp://127.0.0.1:1', host: '127.0.0.1', port: 1 }],
  ['tcp://127.0.0.1:0', 'expected a port from 1 to 65535, got "tcp://127.0.0.1:0"'],
  ['tcp://*:1', 'expected an address to connect to, not "*", got "tcp://*:1"'],
  ['socket:a', `${noAddress} "socket:a"`],
]);

table('address of certain kinds', address({ kinds: ['udp', 'unix'] }), [
  ['udp://[::]:514', { ...blank, kind: 'udp', text: 'udp://[::]:514', host: '::', port: 514 }],
  ['tcp://[::]:514', 'expected an address such as "udp://127.0.0.1:2007", got "tcp://[::]:514"'],
]);
