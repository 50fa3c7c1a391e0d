import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { mock } from 'node:test';

import t from 'tap';

import exec from '../../../src/services/exec/index.ts';
import { libc } from '../../../src/system/libc.ts';
import { createFakeContext } from '../../support/fake-context.ts';
import { describeService } from '../../support/describe-service.ts';
import { serve, type ServeOptions } from '../../support/serve.ts';

const cat = { command: ['/bin/cat'] };
describeService(exec, { options: cat, send: 'hello\r\nworld' });
describeService(exec, { options: cat, send: 'hello\r\nworld', givesDescriptor: false });

interface Talk {
  readonly answer: string;
  readonly logs: readonly { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[];
  readonly port: number;
  readonly peerPort: number;
  readonly session: string;
  readonly failures: readonly unknown[];
}

/** One connection to a program that gets `input` and the end of it. */
async function talk(options: unknown, { input = '', ...rest }: ServeOptions & { input?: string } = {}): Promise<Talk> {
  const served = await serve(exec, { options, ...rest });
  const { peer, session, ended } = await served.connect();
  await peer.write(input);
  peer.end();
  const answer = (await peer.rest()).toString();
  await ended;
  await served.close();
  const { port, context, failures } = served;
  return { answer, logs: context.logs, port, peerPort: peer.port, session: session.id, failures };
}

/** Returns the function that gives the machine its own load again. */
function pretendLoad(load: number): () => void {
  const { mock: faked } = mock.method(os, 'loadavg', () => [load, 0, 0]);
  syncBuiltinESMExports();
  return () => {
    faked.restore();
    syncBuiltinESMExports();
  };
}

function shell(script: string): { command: string[] } {
  return { command: ['/bin/sh', '-c', script] };
}

for (const [way, givesDescriptor] of [
  ['with the socket itself', true],
  ['with relayed bytes', false],
] as const) {
  t.test(way, async (t) => {
    t.test('a program finds UCSPI variables, those of the options, and no others', async (t) => {
      process.env['PORTICO_TEST_SECRET'] = 'not for programs';
      t.teardown(() => delete process.env['PORTICO_TEST_SECRET']);
      const context = createFakeContext({ name: 'hello' });
      const env = { LANG: 'C', COUNT: 3, DEBUG: true };
      const { answer, port, peerPort, session } = await talk(
        { command: ['/usr/bin/env'], env },
        { context, givesDescriptor },
      );
      t.same(answer.trim().split('\n').sort(), [
        'COUNT=3',
        'DEBUG=true',
        'LANG=C',
        `PATH=${process.env['PATH']}`,
        'PORTICO_SERVICE=hello',
        `PORTICO_SESSION=${session}`,
        'PROTO=TCP',
        'REMOTE_HOST=127.0.0.1',
        `REMOTE_PORT=${peerPort}`,
        'TCPLOCALIP=127.0.0.1',
        `TCPLOCALPORT=${port}`,
        'TCPREMOTEIP=127.0.0.1',
        `TCPREMOTEPORT=${peerPort}`,
      ]);
    });

    t.test('a program runs in / or in its folder, under its path or another name', async (t) => {
      const folder = t.testdir();
      t.equal((await talk(shell('pwd'), { givesDescriptor })).answer, '/\n');
      t.equal((await talk({ ...shell('pwd'), directory: folder }, { givesDescriptor })).answer, `${folder}\n`);
      const name = shell(`tr '\\0' '\\n' </proc/$$/cmdline | head -n 1`);
      t.equal((await talk(name, { givesDescriptor })).answer, '/bin/sh\n');
      t.equal((await talk({ ...name, argv0: '-login' }, { givesDescriptor })).answer, '-login\n');
    });

    t.test('a program gets mask and niceness', async (t) => {
      // The niceness is set from outside, just after the start.
      const script = shell('umask; until [ "$(nice)" = 7 ]; do :; done; nice');
      const { answer } = await talk({ ...script, umask: '027', nice: 7 }, { givesDescriptor });
      t.equal(answer, '0027\n7\n');
    });

    t.test('a program gets limits', { skip: libc === null }, async (t) => {
      const script = shell('ulimit -n; ulimit -Hn');
      const { answer } = await talk({ ...script, rlimits: { files: 64 } }, { givesDescriptor });
      t.equal(answer, '64\n64\n');
    });

    t.test('no program is started while the load is too high', async (t) => {
      t.teardown(pretendLoad(4.5));
      const { answer, logs } = await talk({ ...shell('echo started'), max_load: 4 }, { givesDescriptor });
      t.equal(answer, '');
      t.match(logs, [
        {
          message: 'no program was started: the load is 4.50, more than 4',
          fields: { event: 'program.refused', reason: 'load' },
        },
      ]);
      t.equal((await talk({ ...shell('echo started'), max_load: 4.5 }, { givesDescriptor })).answer, 'started\n');
    });

    t.test('a program has no descriptors but 0, 1 and 2', { skip: libc === null }, async (t) => {
      const { answer } = await talk(shell('ls /proc/$$/fd'), { givesDescriptor });
      t.equal(answer, '0\n1\n2\n');
    });

    t.test('a program reads to the end of the peer and answers after it', async (t) => {
      const { answer } = await talk(shell('wc -c'), { input: 'hello', givesDescriptor });
      t.equal(answer.trim(), '5');
    });

    t.test('standard error goes where the options say', async (t) => {
      const script = shell('echo one >&2; echo two; printf "\\033[31mthree" >&2');
      const logged = await talk(script, { givesDescriptor });
      t.equal(logged.answer, 'two\n');
      t.same(
        logged.logs.filter(({ fields }) => fields['event'] === 'program.stderr').map(({ message }) => message),
        ['one', String.raw`\x1b[31mthree`],
      );
      const socket = await talk({ ...script, stderr: 'socket' }, { givesDescriptor });
      t.match(socket.answer, /one\n/);
      t.match(socket.answer, /two\n/);
      t.equal(socket.logs.length, 1);
      const discarded = await talk({ ...script, stderr: 'discard' }, { givesDescriptor });
      t.equal(discarded.answer, 'two\n');
      t.equal(discarded.logs.length, 1);
    });

    t.test('the end of a program is logged', async (t) => {
      const [failed] = (await talk(shell('exit 3'), { givesDescriptor })).logs;
      t.match(failed, {
        message: 'program ended',
        fields: { event: 'program.exit', status: 3, signal: null, duration: Number },
      });
      const [killed] = (await talk(shell('kill -USR1 $$'), { givesDescriptor })).logs;
      t.match(killed?.fields, { event: 'program.exit', status: null, signal: 'SIGUSR1' });
    });

    t.test('a program that cannot be started fails the session', async (t) => {
      const context = createFakeContext();
      const { failures, answer } = await talk({ command: ['/nonexistent/program'] }, { context, givesDescriptor });
      t.match(failures, [{ code: 'ENOENT' }]);
      t.equal(answer, '');
      t.match(context.logs, [{ severity: 'warning', message: /cannot be started now: .*\/nonexistent\/program/ }]);
    });

    t.test('a program is told to end when its session is', async (t) => {
      const options = shell('trap "echo bye; exit 7" TERM; echo ready; while :; do sleep 0.02; done');
      const served = await serve(exec, { options, givesDescriptor });
      const { peer, session, ended } = await served.connect();
      t.equal((await peer.bytes(6)).toString(), 'ready\n');
      session.abort('kick');
      await peer.rest();
      peer.socket.destroy();
      t.equal(await ended, 'kick');
      await served.close();
      t.match(served.context.logs.at(-1)?.fields, { event: 'program.exit', status: 7, signal: null });
    });
  });
}

t.test('the socket that a program gets is blocking, and its bytes are not counted', async (t) => {
  const served = await serve(exec, { options: shell('cat /proc/$$/fdinfo/0; read line') });
  const { peer, session, ended } = await served.connect();
  const [, flags = ''] = /flags:\s+(\d+)/.exec((await peer.bytes(20)).toString()) ?? [];
  const nonBlocking = 0o4000;
  t.equal(Number.parseInt(flags, 8) & nonBlocking, 0);
  t.same(session.bytes, { in: null, out: null });
  peer.end();
  await Promise.all([peer.rest(), ended]);
  await served.close();
});

t.test('a program whose bytes are relayed is told to end when the peer is gone', async (t) => {
  const options = shell('trap "exit 7" TERM; echo ready; while :; do sleep 0.02; done');
  const served = await serve(exec, { options, givesDescriptor: false });
  const { peer, ended } = await served.connect();
  await peer.bytes(6);
  peer.reset();
  await ended;
  await served.close();
  t.match(served.context.logs.at(-1)?.fields, { event: 'program.exit', status: 7 });
});

t.test('a program whose bytes are relayed need not read them', async (t) => {
  const input = 'x'.repeat(1 << 20);
  const { answer, failures } = await talk(shell('exec <&-; echo enough'), { input, givesDescriptor: false });
  t.equal(answer, 'enough\n');
  t.same(failures, []);
});

t.test('refuses commands that cannot be right', async (t) => {
  const table = [
    {},
    { command: [] },
    { command: 'cat' },
    { command: [''] },
    { command: ['/bin/echo', 'a\0b'] },
    { command: ['/bin/cat'], env: { 'A=B': 'c' } },
    { command: ['/bin/cat'], env: { A: 'b\0c' } },
    { command: ['/bin/cat'], env: { A: ['b'] } },
    { command: ['/bin/cat'], nice: 20 },
    { command: ['/bin/cat'], nice: -21 },
    { command: ['/bin/cat'], umask: 22 },
    { command: ['/bin/cat'], stderr: 'file' },
    { command: ['/bin/cat'], pass_env: ['A=B'] },
    { command: ['/bin/cat'], max_load: 0 },
    { command: ['/bin/cat'], max_load: 100_001 },
    { command: ['/bin/cat'], rlimits: { color: 5 } },
    { command: ['/bin/cat'], rlimits: { as: 64 } },
    { command: ['/bin/cat'], rlimits: { cpu: '999ms' } },
    { command: ['/bin/cat'], rlimits: { files: 0 } },
    { command: ['/bin/cat'], rlimits: { files: '5' } },
  ];
  for (const options of table) t.equal(exec.options.safeParse(options).success, false, JSON.stringify(options));
});
