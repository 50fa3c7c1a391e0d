import t from 'tap';

import { HttpError } from '../../../../src/services/http/route.ts';
import { headerVariables, textOf } from '../../../../src/services/http/gateway/header-variables.ts';

const variables = (...fields: string[]) => headerVariables(fields, { passAuthorization: false });

t.test('fields become variables', async (t) => {
  t.same(variables('Host', 'a', 'X-Long-Name', '1', 'accept', '*/*'), {
    HTTP_HOST: 'a',
    HTTP_X_LONG_NAME: '1',
    HTTP_ACCEPT: '*/*',
  });
});

t.test('one that is there twice becomes one', async (t) => {
  t.same(variables('X-A', '1', 'x-a', '2'), { HTTP_X_A: '1, 2' });
  t.same(variables('Cookie', 'a=1', 'Cookie', 'b=2'), { HTTP_COOKIE: 'a=1; b=2' });
});

t.test('some are not for programs', async (t) => {
  const fields = [
    'Connection',
    'Keep-Alive',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'Expect',
    'Content-Type',
  ];
  const secrets = ['Content-Length', 'Proxy', 'PROXY', 'Proxy-Authorization', 'Proxy-Connection', 'Authorization'];
  for (const name of [...fields, ...secrets]) t.same(variables(name, 'x'), {}, name);
  const passed = headerVariables(['Authorization', 'Bearer x'], { passAuthorization: true });
  t.same(passed, { HTTP_AUTHORIZATION: 'Bearer x' });
});

t.test('two names that are one variable are refused', async (t) => {
  const cases = [
    ['X-User', 'X_User'],
    ['X_User', 'x-user'],
    ['Content-Length', 'Content_Length'],
    ['X-A.B', 'X-A-B'],
    ['X_A', 'X~A'],
  ];
  for (const names of cases) {
    const fields = names.flatMap((name) => [name, '1']);
    t.throws(
      () => variables(...fields),
      new HttpError(400, 'Two header fields have names that are one.'),
      names.join(' '),
    );
  }
});

t.test('a name of other characters than letters, digits and "-" is left out', async (t) => {
  t.same(variables('X_User', '1', 'X.A', '2', 'X-9', '3'), { HTTP_X_9: '3' });
});

t.test('values keep their bytes where they are UTF-8', async (t) => {
  t.equal(textOf('caf\xc3\xa9'), 'café');
  t.equal(textOf('caf\xe9'), 'café', 'ISO 8859-1');
  t.equal(textOf('plain'), 'plain');
});
