import t from 'tap';

import { programOptions, unwrapTcpd } from '../../src/import/program.ts';

t.test('tcpd names the real program in its argv[0]', async (t) => {
  for (const [program, argv, expected] of [
    [
      '/usr/sbin/tcpd',
      ['/usr/sbin/in.ftpd', '-l'],
      { program: '/usr/sbin/in.ftpd', argv: ['in.ftpd', '-l'], daemon: 'in.ftpd' },
    ],
    ['/usr/sbin/tcpd', ['in.ftpd'], { program: '/usr/sbin/in.ftpd', argv: ['in.ftpd'], daemon: 'in.ftpd' }],
    ['/usr/sbin/tcpd', [], null],
    ['/usr/sbin/in.ftpd', ['in.ftpd'], null],
  ] as const) {
    t.same(unwrapTcpd({ program, argv }), expected, argv.join(' '));
  }
});

t.test('argv[0] stands apart from the arguments', async (t) => {
  for (const [argv, expected] of [
    [['x', '-a'], { command: ['/bin/x', '-a'], argv0: 'x' }],
    [['/bin/x'], { command: ['/bin/x'] }],
    [[], { command: ['/bin/x'] }],
  ] as const) {
    t.same(programOptions({ program: '/bin/x', argv, wait: false }, []), expected);
  }
  const remarks: string[] = [];
  t.same(programOptions({ program: '/bin/x', argv: ['--inetd'], wait: true }, remarks), {
    command: ['/bin/x'],
    argv0: '--inetd',
    wait: true,
  });
  t.same(remarks, ['the first argument is the program\'s own name: "--inetd" is no option to it, there as here']);
});
