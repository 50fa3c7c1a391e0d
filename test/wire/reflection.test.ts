import t from 'tap';

import type { Endpoint } from '../../src/contract/endpoint.ts';
import { isReflected } from '../../src/wire/reflection.ts';

const at = (port: number): Endpoint => ({ address: '192.0.2.1', port, family: 'IPv4' });

t.test('knows the ports of services that answer anything', async (t) => {
  const local = at(4000);
  for (const port of [0, 7, 13, 17, 19, 37]) t.equal(isReflected({ peer: at(port), local }), true, `${port}`);
  for (const port of [1, 6, 8, 9, 12, 14, 18, 20, 36, 38, 53, 2007, 40_000, 65_535])
    t.equal(isReflected({ peer: at(port), local }), false, `${port}`);
});

t.test('a service on another port is not set on itself, nor on its twin on another host', async (t) => {
  t.equal(isReflected({ peer: at(2107), local: at(2107) }), true);
});

t.test('two services of ours on any ports are not set on each other for longer than a datagram', async (t) => {
  const [echo, chargen] = [at(2207), at(2219)];
  t.equal(isReflected({ peer: chargen, local: echo }), false, 'nobody knows that port yet');
  t.equal(isReflected({ peer: echo, local: chargen }), true);
  t.equal(isReflected({ peer: chargen, local: echo }), true);
});
