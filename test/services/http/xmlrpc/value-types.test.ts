import t from 'tap';

import type { RpcType, RpcValue } from '../../../../src/contract/rpc.ts';
import { isOfType, typeOf } from '../../../../src/services/http/xmlrpc/value-types.ts';

t.test('what a value is sent as, and what else it can stand for', async (t) => {
  const cases: readonly (readonly [value: RpcValue, type: RpcType, also: readonly RpcType[]])[] = [
    [2147483647, 'int', ['i4', 'i8', 'double']],
    [2147483648, 'i8', ['double']],
    [1.5, 'double', []],
    [1n, 'i8', []],
    [true, 'boolean', []],
    ['x', 'string', []],
    [null, 'nil', []],
    [new Date(0), 'dateTime.iso8601', []],
    [new Uint8Array(), 'base64', []],
    [[], 'array', []],
    [{}, 'struct', []],
  ];
  for (const [value, type, also] of cases) {
    t.equal(typeOf(value), type);
    for (const each of [type, ...also, 'any'] as const) t.ok(isOfType(each, value), `${type} as ${each}`);
  }
  t.notOk(isOfType('int', 2147483648));
  t.notOk(isOfType('i8', 2n ** 63n));
});
