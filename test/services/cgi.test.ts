import t from 'tap';

import cgi from '../../src/services/cgi.ts';
import { describeService } from '../support/describe-service.ts';
import { serve } from '../support/serve.ts';
import { plain, writePrograms } from './http/cgi/stage.ts';

describeService(cgi, {
  options: { root: writePrograms(t, { hello: 'printf "Content-Type: text/plain\\nContent-Length: 6\\n\\nhello\\n"' }) },
  send: 'GET /cgi-bin/hello HTTP/1.1\r\nHost: localhost\r\n\r\n',
  comparable: (answer) => answer.replace(/^Date: .*$/m, ''),
});

t.test('the programs of a folder, at a path', async (t) => {
  const root = writePrograms(t, { hello: `${plain}echo "$SCRIPT_NAME $PATH_INFO $WHO"` });
  const served = await serve(cgi, { options: { root, path: '/run/', env: { WHO: 'alice' } } });
  t.teardown(() => served.close());
  const url = `http://127.0.0.1:${served.port}`;
  t.equal(await (await fetch(`${url}/run/hello/a`)).text(), '/run/hello /a alice\n');
  t.equal((await fetch(`${url}/cgi-bin/hello`)).status, 404);
});

t.test('has the defaults that are promised', async (t) => {
  t.match(cgi.options.parse({}), {
    root: /\/cgi-bin$/,
    path: '/cgi-bin/',
    env: {},
    timeout: 30_000,
    max_processes: 32,
    queue: 100,
    interpreters: {},
  });
});
