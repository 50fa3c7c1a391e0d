import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { loadConfig } from '../../src/config/load.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { importConfiguration } from '../../src/import/index.ts';
import { services } from '../../src/services/index.ts';
import { root } from '../support/source-tree.ts';
import { foreignFiles, machine, tryImport } from './stage.ts';

const inetdConf = `#:INTERNAL: Internal services
#discard		stream	tcp	nowait	root	internal
#daytime		stream	tcp	nowait	root	internal
time		stream	tcp	nowait	root	internal
time		dgram	udp	wait	root	internal

#:STANDARD: These are standard services.
ftp		stream	tcp	nowait	root	/usr/sbin/tcpd	/usr/sbin/in.ftpd -l
#<off># ftp	stream	tcp	nowait	root	/usr/sbin/tcpd	/usr/sbin/proftpd
telnet	stream	tcp	nowait.30	gone	/usr/sbin/tcpd	/usr/sbin/in.telnetd
tftp		dgram	udp	wait	nobody	/usr/sbin/tcpd	/usr/sbin/in.tftpd /srv/tftp
finger	stream	tcp	nowait	nobody.tty	/usr/bin/efingerd	efingerd \${HOME} {a: b}
nosuchservice	stream	tcp	nowait	nobody	/bin/cat cat
rusersd/2-3	dgram	rpc/udp	wait	root	/usr/sbin/tcpd	/usr/sbin/rpc.rusersd
`;

t.test('inetd.conf becomes a configuration that can be loaded', async (t) => {
  const trial = await tryImport(
    t,
    {
      'inetd.conf': inetdConf,
      'hosts.allow': 'in.ftpd: .example.com 10. EXCEPT 10.1.2.3\n',
      'hosts.deny': 'ALL: ALL\n',
    },
    { kind: 'inetd', path: 'inetd.conf' },
  );
  t.equal(trial.mistakes, '');
  t.same(
    trial.plan?.services.map(({ name, type, enabled, listen }) => [
      name,
      type,
      enabled,
      listen.map(({ text }) => text).join(),
    ]),
    [
      ['discard', 'discard', false, 'tcp://*:discard'],
      ['daytime', 'daytime', false, 'tcp://*:daytime'],
      ['time', 'time', true, 'tcp://*:time'],
      ['time-udp', 'time', true, 'udp://*:time'],
      ['ftp', 'exec', true, 'tcp://*:ftp'],
      ['ftp-tcp', 'exec', false, 'tcp://*:ftp'],
      ['telnet', 'exec', false, 'tcp://*:telnet'],
      ['tftp', 'exec', true, 'udp://*:tftp'],
      ['finger', 'exec', true, 'tcp://*:finger'],
      ['nosuchservice', 'exec', false, ''],
    ],
  );
  t.match(trial.service('ftp'), {
    user: 'root',
    access: { allow: ['*.example.com', '10.0.0.0/8'], deny: ['10.1.2.3'] },
    options: { command: ['/usr/sbin/in.ftpd', '-l'], argv0: 'in.ftpd' },
  });
  t.match(trial.service('telnet').limits, { rate: { count: 30, window: 60_000 }, pause: 600_000 });
  t.match(trial.service('finger'), {
    user: 'nobody',
    group: 'tty',
    options: { command: ['/usr/bin/efingerd', '${HOME}', '{a:', 'b}'] },
  });
  t.same(trial.remarks, [
    'inetd.conf:10: telnet: there is no user "gone" here: not enabled; it needs "user: gone"',
    'inetd.conf:11: tftp: tcpd stays before it, for nobody else looks at who sends',
    'inetd.conf:13: nosuchservice: cannot listen there: expected a port number, or a name that the services database knows, got "tcp://*:nosuchservice"',
    'inetd.conf:13: nosuchservice: not enabled: it has no address to listen on',
    'inetd.conf:14: not converted: its port is found through rpcbind, which we do not serve',
  ]);
  t.match(trial.yaml, '# Read as the inetd.conf of openbsd-inetd');
  t.match(trial.yaml, '# "access" has what hosts.allow and hosts.deny say');
  t.match(
    trial.yaml,
    '  # inetd.conf:9: #<off># ftp stream tcp nowait root /usr/sbin/tcpd /usr/sbin/proftpd\n  ftp-tcp:\n',
  );
  t.match(
    trial.yaml,
    '# inetd.conf:14: rusersd/2-3 dgram rpc/udp wait root /usr/sbin/tcpd /usr/sbin/rpc.rusersd\n# ! not converted',
  );
});

t.test('the dialect is guessed, or told', async (t) => {
  const files = { 'inetd.conf': 'ftp stream tcp nowait/5/10 root /usr/libexec/ftpd ftpd\n' };
  const guessed = await tryImport(t, files, { kind: 'inetd', path: 'inetd.conf' });
  t.equal(guessed.mistakes, '');
  t.equal(guessed.service('ftp').listen[0]?.text, 'tcp://0.0.0.0:ftp');
  t.match(guessed.service('ftp').limits, { connections: 5, ratePerSource: { count: 10, window: 60_000 } });
  const told = await tryImport(t, files, { kind: 'inetd', path: 'inetd.conf', dialect: 'openbsd' });
  t.equal(told.service('ftp').listen[0]?.text, 'tcp://*:ftp');
});

const xinetdConf = `defaults
{
	log_type = SYSLOG daemon info
	log_on_success = HOST PID
	instances = 60
	cps = 25 30
	disabled = off
}
includedir xinetd.d
`;

function xinetdService(name: string, attributes: string): string {
  return `service ${name}\n{\n${attributes.replaceAll('; ', '\n')}\n}\n`;
}

t.test('xinetd.conf becomes a configuration that can be loaded', async (t) => {
  const trial = await tryImport(
    t,
    {
      'xinetd.conf': xinetdConf,
      'xinetd.d/echo': xinetdService(
        'echo',
        'type = INTERNAL; id = echo-stream; socket_type = stream; wait = no; user = root',
      ),
      'xinetd.d/services': xinetdService(
        'services',
        'type = INTERNAL UNLISTED; port = 9098; socket_type = stream; wait = no',
      ),
      'xinetd.d/mysqlchk': xinetdService(
        'mysqlchk',
        'type = UNLISTED; port = 9200; socket_type = stream; wait = no; user = nobody; server = /usr/bin/clustercheck; ' +
          'only_from = 10.0.0.0 192.0.2.{1,2} .example.com; no_access = 10.1.2.3; per_source = 5; max_load = 4.5; nice = 5; umask = 027; ' +
          'env = A=${B}; passenv = LANG; rlimit_as = 64M; rlimit_cpu = 20; rlimit_files = 64; access_times = 08:00-17:59; groups = yes',
      ),
      'xinetd.d/trap': xinetdService(
        'trap',
        'type = UNLISTED; port = 2323; socket_type = stream; wait = no; user = nobody; server = /bin/true; flags = SENSOR; deny_time = 60',
      ),
      'xinetd.d/web': xinetdService(
        'web',
        'type = UNLISTED; port = 8080; socket_type = stream; wait = no; user = root; redirect = 192.0.2.5 80; bind = 127.0.0.1',
      ),
      'xinetd.d/tftp': xinetdService(
        'tftp',
        'socket_type = dgram; wait = yes; user = root; server = /usr/sbin/in.tftpd; server_args = -s /srv/tftp',
      ),
      'xinetd.d/off': xinetdService(
        'off',
        'type = UNLISTED; port = 99; socket_type = stream; wait = no; user = nobody; server = /bin/cat',
      ),
    },
    { kind: 'xinetd', path: 'xinetd.conf' },
  );
  t.equal(trial.mistakes, '');
  t.same(
    trial.plan?.services.map(({ name, type, enabled, listen }) => [name, type, enabled, listen[0]?.text]),
    [
      ['echo-stream', 'echo', true, 'tcp://*:echo'],
      ['mysqlchk', 'exec', true, 'tcp://*:9200'],
      ['off', 'exec', false, 'tcp://*:99'],
      ['tftp', 'exec', true, 'udp://*:tftp'],
      ['trap', 'exec', true, 'tcp://*:2323'],
      ['web', 'forward', true, 'tcp://127.0.0.1:8080'],
    ],
  );
  t.match(trial.service('mysqlchk'), {
    access: {
      allow: ['10.0.0.0/8', '192.0.2.1', '192.0.2.2', '*.example.com'],
      deny: ['10.1.2.3'],
      hours: [[480, 1080]],
    },
    limits: { connections: 60, perSource: 5, rate: { count: 25, window: 1000 }, pause: 30_000 },
    options: {
      argv0: 'clustercheck',
      env: { A: '${B}' },
      pass_env: ['LANG'],
      max_load: 4.5,
      nice: 5,
      umask: '027',
      rlimits: { as: '64MB', cpu: '20s', files: 64 },
    },
  });
  t.match(trial.service('trap'), { sensor: true, limits: { ban: 3_600_000 } });
  t.match(trial.service('web').options, { to: 'tcp://192.0.2.5:80' });
  t.match(trial.plan?.logging, { facility: 'daemon', outputs: [{ kind: 'console' }, { kind: 'syslog' }] });
  t.same(trial.remarks, [
    'xinetd.conf:1: defaults: left out: level info of log_type, because each event has its own',
    'xinetd.d/services:1: not converted: we have no service like xinetd\'s own "services"',
  ]);
});

t.test('socket units become a configuration that can be loaded', async (t) => {
  const trial = await tryImport(
    t,
    {
      'units/hello.socket':
        '[Socket]\nListenStream=127.0.0.1:2345\nListenStream=/run/hello.sock\nAccept=yes\nMaxConnectionsPerSource=5\nIPAddressDeny=any\nIPAddressAllow=localhost\n',
      'units/hello@.service': `[Service]\nUser=nobody\nExecStart=-/bin/sh -c 'echo "\${GREETING}" $\${HOME}'\nEnvironment="GREETING=a b"\nStandardInput=socket\nStandardError=journal\nLimitNOFILE=64\n`,
      'units/native.socket': '[Socket]\nListenStream=80\n',
      'units/native.service': '[Service]\nExecStart=/usr/bin/native\n',
    },
    { kind: 'systemd', path: 'units' },
  );
  t.equal(trial.mistakes, '');
  t.match(trial.service('hello'), {
    user: 'nobody',
    listen: [{ text: 'tcp://127.0.0.1:2345' }, { text: 'unix:/run/hello.sock', mode: 0o666 }],
    access: { allow: ['127.0.0.0/8', '::1'], deny: [] },
    limits: { connections: 64, perSource: 5 },
    options: { command: ['/bin/sh', '-c', 'echo "a b" ${HOME}'], env: { GREETING: 'a b' }, rlimits: { files: 64 } },
  });
  t.same(trial.remarks, [
    'units/native.socket:1: not converted: its program takes sockets by LISTEN_FDS, not as its standard input (StandardInput=socket)',
  ]);
});

t.test('the worked examples of the documentation are what comes out', async (t) => {
  const page = readFileSync(join(root, 'docs/moving-over.md'), 'utf8');
  const blocks = [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
  for (const kind of ['inetd', 'xinetd'] as const) {
    const at = blocks.findIndex(({ language }) => language === kind);
    const files = {
      [`${kind}.conf`]: blocks[at]?.text ?? '',
      'hosts.allow': kind === 'inetd' ? 'in.ftpd: .example.com 10.\n' : '',
      'hosts.deny': kind === 'inetd' ? 'ALL: ALL\n' : '',
      'shown.yaml': blocks[at + 1]?.text ?? '',
    };
    const trial = await tryImport(t, files, { kind, path: `${kind}.conf` });
    const shown = await loadConfig(join(foreignFiles(t, files), 'shown.yaml'), { types: services, env: {} });
    const plain = (plan: Plan | null) => plan?.services.map((service) => ({ ...service, base: '' }));
    t.same(plain(trial.plan), plain(shown), kind);
    t.same(trial.remarks, [], kind);
  }
});

t.test('a file of another kind is refused', async (t) => {
  const folder = foreignFiles(t, { prose: 'Dear Sir,\nall is well.\n', empty: '# nothing\n', 'folder/a': '' });
  for (const [kind, name, message] of [
    ['inetd', 'prose', 'there is nothing of inetd.conf(5) in it'],
    ['inetd', 'empty', 'there is nothing of inetd.conf(5) in it'],
    ['xinetd', 'prose', 'there is nothing of xinetd.conf(5) in it'],
    ['xinetd', 'folder', 'there is nothing of xinetd.conf(5) in it'],
    ['systemd', 'folder', 'there is nothing of systemd.socket(5) in it'],
    ['systemd', 'prose', 'expected a folder or a file that ends with ".socket"'],
    ['inetd', 'none', 'there is no such file'],
  ] as const) {
    const path = join(folder, name);
    t.throws(
      () => importConfiguration({ kind, path, machine, hostsFolder: folder }),
      { code: 78, message: `${path}: ${message}` },
      `${kind} ${name}`,
    );
  }
});

t.test('what has nothing that could be served is said to be so, in YAML', async (t) => {
  const trial = await tryImport(
    t,
    { 'inetd.conf': 'walld/1 dgram rpc/udp wait root /usr/sbin/rpc.rwalld rpc.rwalld\n' },
    { kind: 'inetd', path: 'inetd.conf' },
  );
  t.match(trial.yaml, 'services: {}\n');
  t.match(trial.mistakes, 'expected at least one service');
});
