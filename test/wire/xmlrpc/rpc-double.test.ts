import t from 'tap';

import { RpcDouble } from '../../../src/wire/xmlrpc/rpc-double.ts';
import { writeValue } from '../../../src/wire/xmlrpc/write.ts';

t.test('is written as a double, also where the number is a whole one, and wherever it stands', async (t) => {
  t.equal(writeValue(new RpcDouble(2)), '<value><double>2</double></value>');
  t.equal(writeValue(new RpcDouble(-0.5)), '<value><double>-0.5</double></value>');
  t.equal(
    writeValue([new RpcDouble(1e21)]),
    '<value><array><data><value><double>1000000000000000000000.0</double></value></data></array></value>',
  );
  t.throws(() => writeValue(new RpcDouble(Infinity)), { message: 'XML-RPC cannot carry Infinity' });
});
