import t from 'tap';

import {
  contentTypeOf,
  dispositionOf,
  factHeaders,
  factsOf,
} from '../../../../src/deliveries/targets/webhook/facts.ts';
import { fakeItem, mailFacts } from '../../../support/fake-item.ts';

const values: readonly (readonly [subject: string, header: string | undefined])[] = [
  ['plain text', 'plain text'],
  ['100 %', '100 %25'],
  ['a\r\nX-Injected: 1', 'a%0D%0AX-Injected: 1'],
  ['ü €', '%C3%BC %E2%82%AC'],
  [' at the ends ', '%20at the ends%20'],
  ['\0\u007f\u0085', '%00%7F%C2%85'],
  ['\ud800', '%EF%BF%BD'],
  ['', ''],
  ['x'.repeat(1024), 'x'.repeat(1024)],
  ['x'.repeat(1025), undefined],
];

t.test('a value of a peer in a header is printable ASCII, or missing', async (t) => {
  for (const [subject, header] of values) {
    const headers = factHeaders(fakeItem(t, { mail: mailFacts({ subject }) }), 'hook');
    t.equal(headers['X-Portico-Subject'], header, JSON.stringify(subject).slice(0, 40));
  }
});

t.test('one recipient stands in a header, several only in JSON', async (t) => {
  const item = (to: string[]) => fakeItem(t, { mail: mailFacts({ to }) });
  t.equal(factHeaders(item(['a@x.example']), 'hook')['X-Portico-To'], 'a@x.example');
  t.notOk('X-Portico-To' in factHeaders(item(['a@x.example', 'b@x.example']), 'hook'));
  t.match(factsOf(item(['a@x.example', 'b@x.example']), 'hook'), { mail: { to: ['a@x.example', 'b@x.example'] } });
});

t.test('a type of a peer is one, or none', async (t) => {
  const types: readonly (readonly [given: string | null, type: string])[] = [
    ['application/pdf', 'application/pdf'],
    ['image/svg+xml', 'image/svg+xml'],
    [null, 'application/octet-stream'],
    ['', 'application/octet-stream'],
    ['text', 'application/octet-stream'],
    ['text/plain\r\nX: 1', 'application/octet-stream'],
    ['text/plain; charset=x', 'application/octet-stream'],
    [`a/${'x'.repeat(128)}`, 'application/octet-stream'],
  ];
  for (const [mediaType, type] of types) t.equal(contentTypeOf({ mediaType }), type, String(mediaType));
});

t.test('a name of a peer in Content-Disposition', async (t) => {
  t.equal(dispositionOf('attachment', 'a b.pdf'), 'attachment; filename="a b.pdf"');
  t.equal(
    dispositionOf('attachment', 'a"b\\c.pdf'),
    `attachment; filename="a_b_c.pdf"; filename*=UTF-8''a%22b%5Cc.pdf`,
  );
  t.equal(
    dispositionOf('attachment', "ü'(1)*.pdf"),
    `attachment; filename="_'(1)*.pdf"; filename*=UTF-8''%C3%BC%27%281%29%2A.pdf`,
  );
  t.equal(
    dispositionOf('form-data', 'a\r\nb', '; name="file"'),
    `form-data; name="file"; filename="a__b"; filename*=UTF-8''a%0D%0Ab`,
  );
});
