import { fileURLToPath } from 'node:url';

import t from 'tap';

import { createXmlRpcClient } from '../../src/client/xmlrpc-client.ts';
import xmlrpc from '../../src/services/xmlrpc.ts';
import { writeCall } from '../../src/wire/xmlrpc/write.ts';
import { describeService } from '../support/describe-service.ts';
import { serve } from '../support/serve.ts';

const math = fileURLToPath(new URL('../../examples/rpc/math.ts', import.meta.url));
const call = writeCall('math.add', [2, 3]);

describeService(xmlrpc, {
  options: { methods: { math } },
  send: `POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: ${call.length}\r\n\r\n${call}`,
  comparable: (answer) => answer.replace(/^Date: .*$/m, ''),
});

t.test('the methods of a module, at /RPC2', async (t) => {
  const served = await serve(xmlrpc, { options: { methods: { math } } });
  t.teardown(() => served.close());
  const client = createXmlRpcClient({ url: `http://127.0.0.1:${served.port}/RPC2` });
  t.teardown(() => client.close());
  t.equal(await client.call('math.add', 2, 3), 5);
  t.equal(await client.call('math.mean', [1, 2.5, 4]), 2.5);
  t.match(await client.call('math.whoami'), { address: '127.0.0.1', account: null, session: /^\w{12}$/ });
  await t.rejects(client.call('math.divide', 1, 0), { code: 1, message: 'There is no such number.' });
  t.same(
    await client.callAll([
      ['math.add', 1, 1],
      ['math.divide', 1, 4],
    ]),
    [2, 0.25],
  );
  t.equal((await fetch(`http://127.0.0.1:${served.port}/`)).status, 404);
});

t.test('at another path', async (t) => {
  const served = await serve(xmlrpc, { options: { methods: { math }, path: '/' } });
  t.teardown(() => served.close());
  const client = createXmlRpcClient({ url: `http://127.0.0.1:${served.port}/` });
  t.teardown(() => client.close());
  t.equal(await client.call('math.add', 2, 3), 5);
});

t.test('does not start without its module', async (t) => {
  await t.rejects(serve(xmlrpc, { options: { methods: { math: '/nonexistent/math.ts' } } }), {
    message: /^the route \/RPC2: cannot load \/nonexistent\/math\.ts: Cannot find module/,
  });
});
