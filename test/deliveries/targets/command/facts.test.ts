import t from 'tap';

import { factsOf } from '../../../../src/deliveries/targets/command/facts.ts';
import { fakeItem, mailFacts } from '../../../support/fake-item.ts';

t.test('what is not known is not there', async (t) => {
  const names = Object.keys(factsOf(fakeItem(t, { mediaType: null }), 'print'));
  t.notOk(names.some((name) => /ACCOUNT|TYPE|FROM|TO|SUBJECT/.test(name)));
  t.same(factsOf(fakeItem(t, { account: 'alice' }), 'print')['PORTICO_ACCOUNT'], 'alice');
});

t.test('no value has more than one line, or a character that ends it', async (t) => {
  const evil = 'a\0b\nPORTICO_X=1\r\u009bc\ud800';
  const mail = mailFacts({ from: evil, to: [evil, 'b@x.example'], subject: evil });
  const facts = factsOf(fakeItem(t, { name: evil, account: evil, mediaType: evil, mail }), evil);
  t.equal(facts['PORTICO_SUBJECT'], 'a b PORTICO_X=1  c\ufffd');
  t.equal(facts['PORTICO_TO'], 'a b PORTICO_X=1  c\ufffd\nb@x.example');
  delete facts['PORTICO_TO'];
  for (const [name, value] of Object.entries(facts)) t.notMatch(value, /\p{Cc}/u, name);
});

t.test('as many recipients as one variable can hold, and how many there are', async (t) => {
  const recipient = `${'r'.repeat(56)}@x.test`;
  const facts = (count: number) =>
    factsOf(fakeItem(t, { mail: mailFacts({ to: Array.from({ length: count }, () => recipient) }) }), 'print');
  // 63 characters each, and a newline between: 1024 of them are one short of 64 KB.
  t.equal(facts(1024)['PORTICO_TO']?.length, 65_535);
  t.equal(facts(1025)['PORTICO_TO']?.length, 65_535);
  t.equal(facts(1025)['PORTICO_TO_COUNT'], '1025');
  t.equal(facts(0)['PORTICO_TO'], '');
});
