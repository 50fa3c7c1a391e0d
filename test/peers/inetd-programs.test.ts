import t from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { makeFolder, needProgram, needPrograms, runPeer, startPeer } from '../support/peers.ts';

t.test('programs that were written for inetd', async (t) => {
  const programs = needPrograms(t, 'nc', 'perl', 'python3', 'env', 'bash');
  if (programs === null) return;
  const { nc, perl, python3, env, bash } = programs;
  const folder = makeFolder(t);
  const daemon = await startDaemon(
    t,
    `
services:
  shell:
    type: exec
    listen: tcp://127.0.0.1:0
    command:
      - ${bash}
      - -c
      - 'while read -r line; do echo "shell: $\${line%?}"; done; echo bye; exit 3'
  perl:
    type: exec
    listen: tcp://127.0.0.1:0
    command: [${perl}, -ne, '$| = 1; chomp; print scalar reverse, "\\n"']
  python:
    type: exec
    listen: tcp://127.0.0.1:0
    command:
      - ${python3}
      - -c
      - |
        import os, socket, sys
        print('open:', *sorted(os.listdir('/proc/self/fd')))
        own = socket.socket(fileno=0)
        print(own.family.name, own.type.name, own.getpeername()[0], own.getblocking())
        print(sys.stdin.readline().upper(), end='')
        print('no good', file=sys.stderr)
  env:
    type: exec
    listen: tcp://127.0.0.1:0
    command: [${env}]
    env: { COLOUR: blue, COUNT: 3 }
  folder:
    type: exec
    listen: tcp://127.0.0.1:0
    directory: ${folder}
    umask: "027"
    nice: 7
    argv0: -bash
    command: [${bash}, -c, 'pwd; umask; until [ "$(nice)" = 7 ]; do :; done; nice; echo "$0" >/dev/null; tr "\\0" "\\n" </proc/$$/cmdline | head -1']
  local:
    type: exec
    listen: unix:${folder}/local.sock
    command: [${env}]
  waiting:
    type: exec
    listen: tcp://127.0.0.1:0
    wait: true
    command:
      - ${python3}
      - -c
      - |
        import os, socket
        listening = socket.socket(fileno=0)
        for number in range(2):
          connection, peer = listening.accept()
          connection.sendall(b'%d of 2\\n' % (number + 1))
          connection.close()
  wall:
    type: exec
    listen: tcp://127.0.0.1:0
    stderr: socket
    command: [${bash}, -c, 'echo to stdout; echo to stderr >&2']
`,
  );
  const talk = async (service: string, input = ''): Promise<string> => {
    const { stdout } = await runPeer(t, [nc, '-N', '127.0.0.1', String(await daemon.port(service))], { input });
    return stdout;
  };
  const endOf = (service: string) =>
    daemon.line((line) => line.event === 'program.exit' && line['service'] === service);

  await t.test('a shell script answers each line, and its status is logged', async (t) => {
    t.equal(await talk('shell', 'one\r\ntwo\r\n'), 'shell: one\nshell: two\nbye\n');
    t.match(await endOf('shell'), { status: 3, signal: null, session: /^.{12}$/ });
  });
  await t.test('perl reads and writes the socket line by line', async (t) => {
    t.equal(await talk('perl', 'abc\ndef\n'), 'cba\nfed\n');
  });
  await t.test('python finds a blocking socket of its peer, and nothing else open', async (t) => {
    // 3 is the folder of descriptors that it lists.
    t.equal(await talk('python', 'hello\n'), 'open: 0 1 2 3\nAF_INET SOCK_STREAM 127.0.0.1 True\nHELLO\n');
    const said = await daemon.line(({ event }) => event === 'program.stderr');
    t.match(said, { service: 'python', message: 'no good', session: /^.{12}$/ });
  });
  await t.test('env sees what inetd, xinetd and tcpserver tell, and what the file adds', async (t) => {
    const variables = Object.fromEntries((await talk('env')).trimEnd().split('\n').map(splitOnce));
    const port = String(await daemon.port('env'));
    const start = await daemon.line(({ event, service }) => event === 'session.start' && service === 'env');
    const peerPort = String(start['peer']).split(':')[1] ?? '';
    t.same(Object.keys(variables).sort(), [
      'COLOUR',
      'COUNT',
      'PATH',
      'PORTICO_SERVICE',
      'PORTICO_SESSION',
      'PROTO',
      'REMOTE_HOST',
      'REMOTE_PORT',
      'TCPLOCALIP',
      'TCPLOCALPORT',
      'TCPREMOTEIP',
      'TCPREMOTEPORT',
    ]);
    t.match(variables, {
      COLOUR: 'blue',
      COUNT: '3',
      PROTO: 'TCP',
      TCPLOCALIP: '127.0.0.1',
      TCPLOCALPORT: port,
      TCPREMOTEIP: '127.0.0.1',
      TCPREMOTEPORT: peerPort,
      REMOTE_HOST: '127.0.0.1',
      REMOTE_PORT: peerPort,
      PORTICO_SERVICE: 'env',
      PORTICO_SESSION: start['session'] as string,
    });
  });
  await t.test('bash runs in its folder, with its umask, niceness and name', async (t) => {
    t.equal(await talk('folder'), `${folder}\n0027\n7\n-bash\n`);
  });
  await t.test('env on a unix socket sees no addresses', async (t) => {
    const { stdout } = await runPeer(t, [nc, '-N', '-U', `${folder}/local.sock`]);
    const names = stdout
      .trimEnd()
      .split('\n')
      .map((line) => splitOnce(line)[0]);
    t.same(names.sort(), ['PATH', 'PORTICO_SERVICE', 'PORTICO_SESSION', 'PROTO', 'UNIXLOCALPATH']);
  });
  await t.test('a program that accepts for itself is started again after it has ended', async (t) => {
    t.same(
      [await talk('waiting'), await talk('waiting'), await talk('waiting'), await talk('waiting')],
      ['1 of 2\n', '2 of 2\n', '1 of 2\n', '2 of 2\n'],
    );
  });
  await t.test('standard error goes to the peer where the file says so', async (t) => {
    t.equal(await talk('wall'), 'to stdout\nto stderr\n');
  });
});

t.test('a program whose session is kicked', async (t) => {
  const programs = needPrograms(t, 'socat', 'cat');
  if (programs === null) return;
  const { socat, cat } = programs;
  const daemon = await startDaemon(
    t,
    `
services:
  cat:
    type: exec
    listen: tcp://127.0.0.1:0
    command: [${cat}]
`,
  );
  const peer = startPeer(t, [socat, '-', `TCP:127.0.0.1:${await daemon.port('cat')}`]);
  peer.write('are you there?\n');
  await peer.says(/^are you there\?\n$/);
  const [session] = await daemon.sessions();
  t.match(session, { service: 'cat', bytes: { in: null, out: null } });
  await daemon.ask({ command: 'kick', id: session?.id ?? '' });
  t.equal(await peer.ended, 0);
  t.match(await daemon.line(({ event }) => event === 'program.exit'), { status: null, signal: 'SIGTERM' });
  t.match(await daemon.line(({ event }) => event === 'session.end'), { reason: 'kick' });
});

t.test('a missing program is reported, and the peer is not left waiting', async (t) => {
  const nc = needProgram(t, 'nc');
  if (nc === null) return;
  const daemon = await startDaemon(
    t,
    `
services:
  gone:
    type: exec
    listen: tcp://127.0.0.1:0
    command: [/nonexistent/program]
`,
  );
  const { stdout } = await runPeer(t, [nc, '-N', '127.0.0.1', String(await daemon.port('gone'))]);
  t.equal(stdout, '');
  const failed = await daemon.line(({ event }) => event === 'service.error');
  t.match(failed, { service: 'gone', error: /\/nonexistent\/program/ });
});

function splitOnce(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}
