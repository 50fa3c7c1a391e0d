import t from 'tap';

import { createMethod } from '../../../../src/services/http/xmlrpc/method.ts';
import { renderPage } from '../../../../src/services/http/xmlrpc/page.ts';

t.test('methods in the order of their names, with everything as text', async (t) => {
  const call = (): void => {};
  const methods = [
    createMethod('b', { call, signature: [['int'], ['int', 'string']], help: '<script>alert("x")</script>' }),
    createMethod('a', call),
  ];
  const page = renderPage('<i>&', new Map(methods.map((method) => [method.name, method])));
  t.match(page, '<h1>&lt;i&gt;&amp;</h1>');
  t.match(
    page,
    '<dt>a(…)</dt><dd></dd>\n<dt>b() → int</dt><dt>b(string) → int</dt><dd>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;</dd>',
  );
  t.notMatch(page, '<script');
});
