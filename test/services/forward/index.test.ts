import t from 'tap';

import echo from '../../../src/services/echo.ts';
import forward from '../../../src/services/forward/index.ts';
import { describeService } from '../../support/describe-service.ts';
import { serve } from '../../support/serve.ts';

const target = await serve(echo);
t.teardown(() => target.close());
describeService(forward, { options: { to: `tcp://127.0.0.1:${target.port}` }, send: 'hello\r\nworld' });

t.test('does not start with certificates that cannot be read', async (t) => {
  const options = { to: 'tls://127.0.0.1:1', ca: '/nonexistent/ca.pem' };
  await t.rejects(serve(forward, { options }), { code: 'ENOENT' });
});
