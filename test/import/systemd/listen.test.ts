import t from 'tap';

import { listenOf } from '../../../src/import/systemd/listen.ts';
import { createUnit, parseUnit } from '../../../src/import/systemd/units.ts';

for (const [settings, listen, remarks] of [
  ['ListenStream=80', [{ address: 'tcp://*:80' }], []],
  ['ListenStream=80; BindIPv6Only=ipv6-only', [{ address: 'tcp://[::]:80' }], []],
  ['ListenStream=127.0.0.1:80', [{ address: 'tcp://127.0.0.1:80' }], []],
  ['ListenStream=[::1]:80', [{ address: 'tcp://[::1]:80' }], []],
  ['ListenStream=[::]:80', [{ address: 'tcp://*:80' }], []],
  ['ListenStream=/run/a', [{ address: 'unix:/run/a', mode: '0666' }], []],
  ['ListenStream=/run/a; SocketMode=0600', [{ address: 'unix:/run/a', mode: '0600' }], []],
  ['ListenDatagram=69; Broadcast=yes', [{ address: 'udp://*:69', broadcast: true }], []],
  ['ListenStream=80; ListenStream=81', [{ address: 'tcp://*:80' }, { address: 'tcp://*:81' }], []],
  ['ListenStream=80; ListenStream=; ListenStream=81', [{ address: 'tcp://*:81' }], []],
  ['ListenStream=@abstract', [], ['left out: ListenStream=@abstract']],
  ['ListenStream=vsock::80', [], ['left out: ListenStream=vsock::80']],
  ['ListenStream=%t/a', [], ['left out: ListenStream=%t/a']],
  ['ListenStream=/run/%i', [], ['left out: ListenStream=/run/%i']],
  ['ListenDatagram=/run/a', [], ['left out: ListenDatagram=/run/a']],
  ['ListenFIFO=/run/a', [], []],
] as const) {
  const got: string[] = [];
  const unit = createUnit(parseUnit(`[Socket]\n${settings.replaceAll('; ', '\n')}\n`, 'f').settings);
  t.same([listenOf(unit, got), got], [listen, remarks], settings);
}
