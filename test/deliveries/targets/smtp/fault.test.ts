import t from 'tap';

import { Fault, faultOf } from '../../../../src/deliveries/targets/smtp/fault.ts';

const table: readonly (readonly [error: object, isPermanent: boolean])[] = [
  [{ code: 'EENVELOPE', responseCode: 550 }, true],
  [{ code: 'EENVELOPE', responseCode: 499 }, false],
  [{ code: 'EENVELOPE', responseCode: 500 }, true],
  [{ code: 'EMESSAGE', responseCode: 554 }, true],
  [{ code: 'EMESSAGE', command: 'MAIL FROM' }, true],
  [{ code: 'EENVELOPE', command: 'API' }, true],
  [{ code: 'EENVELOPE', command: 'RCPT TO' }, false],
  [{ code: 'EAUTH', responseCode: 535 }, false],
  [{ code: 'EPROTOCOL', responseCode: 554 }, false],
  [{ code: 'ETLS' }, false],
  [{ code: 'ECONNREFUSED' }, false],
];

t.test('only what is said of the mail itself is for ever', async (t) => {
  for (const [error, isPermanent] of table) {
    const fault = faultOf(Object.assign(new Error('no'), error, { response: '5 no' }));
    t.match(fault, { isPermanent, message: '5 no' }, JSON.stringify(error));
  }
});

t.test('a fault stays what it is, and anything else is for now', async (t) => {
  const fault = new Fault('no', true);
  t.equal(faultOf(fault), fault);
  t.match(faultOf('text'), { message: 'text', isPermanent: false });
  t.match(faultOf(null), { isPermanent: false });
});
