import t from 'tap';

import type { TrialAddress } from '../../src/contract/index.ts';
import { trialCommand } from '../../src/wire/trial.ts';

const at = (kind: TrialAddress['kind'], host = '127.0.0.1', path = ''): TrialAddress => ({
  kind,
  host,
  port: 2007,
  path,
});

t.test('writes a command that can be pasted into a shell', async (t) => {
  const table = [
    [at('tcp'), 'echo hello', 'echo hello | nc -q 1 127.0.0.1 2007'],
    [at('tcp'), null, 'nc 127.0.0.1 2007 </dev/null'],
    [at('tcp', '*'), null, 'nc 127.0.0.1 2007 </dev/null'],
    [at('tcp', '::'), null, 'nc ::1 2007 </dev/null'],
    [at('udp', '0.0.0.0'), 'echo hello', 'echo hello | nc -u -w 1 127.0.0.1 2007'],
    [at('udp'), null, 'echo | nc -u -w 1 127.0.0.1 2007'],
    [at('tls'), null, 'openssl s_client -quiet -connect 127.0.0.1:2007 </dev/null'],
    [at('tls', '::1'), 'echo hello', '(echo hello; sleep 1) | openssl s_client -quiet -no_ign_eof -connect [::1]:2007'],
    [
      { ...at('tls'), authority: 'var/ca/ca.pem' },
      'echo hello',
      '(echo hello; sleep 1) | openssl s_client -quiet -no_ign_eof -connect 127.0.0.1:2007 -CAfile var/ca/ca.pem',
    ],
    [
      { ...at('tls'), authority: '/srv/my state/ca.pem' },
      null,
      "openssl s_client -quiet -connect 127.0.0.1:2007 -CAfile '/srv/my state/ca.pem' </dev/null",
    ],
    [at('unix', '', '/run/echo.sock'), 'echo hello', 'echo hello | nc -q 1 -U /run/echo.sock'],
    [at('unix', '', "/tmp/it's here"), null, String.raw`nc -U '/tmp/it'\''s here' </dev/null`],
  ] as const;
  for (const [address, input, expected] of table) t.equal(trialCommand(address, input), expected);
});
