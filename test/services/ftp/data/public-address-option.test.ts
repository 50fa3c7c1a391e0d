import t from 'tap';

import { publicAddress } from '../../../../src/services/ftp/data/index.ts';

t.test('one address for all, or one for each network', async (t) => {
  const table: readonly [input: unknown, rules: readonly [network: string | null, address: string][] | null][] = [
    ['auto', [[null, 'auto']]],
    ['203.0.113.7', [[null, '203.0.113.7']]],
    ['ftp.example.com', [[null, 'ftp.example.com']]],
    [
      { '192.168.0.0/16': '192.168.1.5', default: 'auto' },
      [
        ['192.168.0.0/16', '192.168.1.5'],
        [null, 'auto'],
      ],
    ],
    [{ '10.1.2.3': 'inner.example' }, [['10.1.2.3', 'inner.example']]],
    ['203.0.113', null],
    ['2001:db8::1', null],
    ['-x.example', null],
    ['', null],
    [7, null],
    [{ '192.168.0.0/99': '192.168.1.5' }, null],
    [{ office: '192.168.1.5' }, null],
    [{ default: '::1' }, null],
  ];
  for (const [input, rules] of table) {
    const { success, data } = publicAddress().safeParse(input);
    const expected = rules?.map(([network, address]) => ({ network, address })) ?? null;
    t.same(success ? data : null, expected, JSON.stringify(input));
  }
});

t.test('an IPv6 address is told of as one', async (t) => {
  t.match(publicAddress().safeParse('2001:db8::1').error?.issues, [
    {
      message:
        'expected "auto", an IPv4 address, a host name, or a map of networks to these, got "2001:db8::1" (PASV tells IPv4 addresses only)',
    },
  ]);
});
