import t from 'tap';

import { decodeExit } from '../../src/system/exit-status.ts';

t.test('the status of wait(2)', (t) => {
  const cases: [number, number | null, string | null][] = [
    [0x0000, 0, null],
    [0x0100, 1, null],
    [0xff00, 255, null],
    [0x0009, null, 'SIGKILL'],
    [0x000f, null, 'SIGTERM'],
    [0x0086, null, 'SIGABRT'],
    [0x001d, null, 'SIGIO'],
    [0x0022, null, 'SIG34'],
  ];
  for (const [raw, status, signal] of cases) t.strictSame(decodeExit(raw), { status, signal }, raw.toString(16));
  t.end();
});
