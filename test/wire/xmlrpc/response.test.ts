import t from 'tap';

import { XmlRpcFault } from '../../../src/contract/rpc.ts';
import { createResponseReader, readFault } from '../../../src/wire/xmlrpc/response.ts';
import { writeFault, writeResponse } from '../../../src/wire/xmlrpc/write.ts';

function read(document: string): unknown {
  const reader = createResponseReader();
  reader.write(Buffer.from(document));
  return reader.end();
}

t.test('a result', async (t) => {
  t.strictSame(read(writeResponse([1, null])), [1, null]);
});

t.test('a fault is an answer like another', async (t) => {
  const fault = read(writeFault(4, 'Too many parameters.'));
  t.ok(fault instanceof XmlRpcFault);
  t.match(fault, { code: 4, message: 'Too many parameters.' });
});

t.test('what is no answer is an error, and no fault', async (t) => {
  const value = '<value><int>1</int></value>';
  const cases: readonly (readonly [document: string, message: RegExp])[] = [
    ['<html>', /^not well-formed/],
    ['<html/>', /^not XML-RPC: expected a methodResponse/],
    ['<methodResponse/>', /^not XML-RPC/],
    ['<methodResponse><params/></methodResponse>', /^expected one result, got 0/],
    [
      `<methodResponse><params><param>${value}</param><param>${value}</param></params></methodResponse>`,
      /^expected one result, got 2/,
    ],
    [
      `<methodResponse><params><param>${value}</param></params><fault>${value}</fault></methodResponse>`,
      /^not XML-RPC/,
    ],
    [`<methodResponse><fault>${value}</fault></methodResponse>`, /^expected a fault with faultCode and faultString/],
  ];
  for (const [document, message] of cases) t.throws(() => read(document), { name: 'Error', message }, document);
});

t.test('the struct of a fault', async (t) => {
  t.match(readFault({ faultCode: -32500, faultString: 'no' }), { name: 'XmlRpcFault', code: -32500, message: 'no' });
  for (const wrong of [null, 1, [], {}, { faultCode: '1', faultString: 'x' }, { faultCode: 1 }]) {
    t.throws(() => readFault(wrong), { message: 'expected a fault with faultCode and faultString' });
  }
});
