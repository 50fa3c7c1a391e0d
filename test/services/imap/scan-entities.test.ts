import t from 'tap';

import { showStructure } from '../../../src/services/imap/describe-entity.ts';
import { scanEntities } from '../../../src/services/imap/scan-entities.ts';
import { rangeOfSection } from '../../../src/services/imap/section-range.ts';
import type { Section } from '../../../src/services/imap/fetch-items.ts';
import { textOf } from './text-of.ts';

const plain = '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit"';

async function bodyOf(content: string, pieceBytes?: number): Promise<string> {
  return showStructure(await scanEntities(textOf(content, pieceBytes)), false);
}

t.test('what messages are made of', async (t) => {
  const parts = 'Content-Type: multipart/mixed; boundary="b b"\n\n';
  const cases: readonly (readonly [name: string, content: string, body: string])[] = [
    ['plain text', 'A: b\n\nhello\nbye\n', `${plain} 12 2)`],
    ['without an end', 'A: b\n\nhello', `${plain} 5 0)`],
    ['a header alone', 'A: b\n', `${plain} 0 0)`],
    ['nothing', '', `${plain} 0 0)`],
    ['a body alone', '\nx\n', `${plain} 3 1)`],
    ['two parts', `${parts}pre\n--b b\n\none\n--b b\n\ntwo\n\n--b b--\npost\n`, `(${plain} 3 0)${plain} 5 1) "mixed")`],
    [
      'parts that do not end',
      `${parts}--b b\n\none\n--b b\nContent-ID: <x>`,
      `(${plain} 3 0)("text" "plain" ("charset" "us-ascii") "<x>" NIL "7bit" 0 0) "mixed")`,
    ],
    ['spaces behind a boundary', `${parts}--b b  \n\none\n--b b-- \n`, `(${plain} 3 0) "mixed")`],
    ['what only looks like one', `${parts}--b b\n\none\n--b bx\n --b b\n--b b--\n`, `(${plain} 19 2) "mixed")`],
    ['an empty part', `${parts}--b b\n--b b--\n`, `(${plain} 0 0) "mixed")`],
    ['no parts', `${parts}text\n`, '(("text" "plain" NIL NIL NIL "7bit" 0 0) "mixed")'],
    ['no boundary', 'Content-Type: multipart/mixed\n\ntext\n', '("application" "octet-stream" NIL NIL NIL "7bit" 6)'],
    ['a type that is none', 'Content-Type: what\n\nx\n', `${plain} 3 1)`],
    [
      'parameters and encoding',
      'Content-Type: Image/PNG; name="a\\"b (c)" (comment; x=y); size=3\nContent-Transfer-Encoding: BASE64\nContent-Description: d\n\nAAAA\n',
      '("image" "png" ("name" "a\\"b (c)" "size" "3") NIL "d" "base64" 6)',
    ],
    [
      'an outer boundary that ends inner parts',
      'Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=aa\n\n--aa\n\none\n--a\n\ntwo\n--a--\n',
      `((${plain} 3 0) "alternative")${plain} 3 0) "mixed")`,
    ],
    [
      'a message in a message',
      'Content-Type: message/rfc822\n\nSubject: in\n\ntext\n',
      `("message" "rfc822" NIL NIL NIL "7bit" 21 (NIL "in" NIL NIL NIL NIL NIL NIL NIL NIL) ${plain} 6 1) 3)`,
    ],
    [
      'a digest',
      'Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\n\ntext\n--b--\n',
      `(("message" "rfc822" NIL NIL NIL "7bit" 19 (NIL "in" NIL NIL NIL NIL NIL NIL NIL NIL) ${plain} 4 0) 2) "digest")`,
    ],
  ];
  for (const [name, content, body] of cases) {
    t.equal(await bodyOf(content), body, name);
    t.equal(await bodyOf(content, 1), body, `${name}, byte by byte`);
  }
});

t.test('with all that is known of them', async (t) => {
  const content =
    'Content-Type: text/html\nContent-Disposition: attachment; filename=a.html\nContent-Language: de, en\nContent-Location: http://a.example/\nContent-MD5: x\n\n';
  t.equal(
    showStructure(await scanEntities(textOf(content)), true),
    '("text" "html" NIL NIL NIL "7bit" 0 0 "x" ("attachment" ("filename" "a.html")) ("de" "en") "http://a.example/")',
  );
});

t.test('limits', async (t) => {
  const many = (count: number): string =>
    `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(count)}--b--\n`;
  t.equal((await scanEntities(textOf(many(1_000), 4_096))).children.length, 1_000);
  t.equal((await scanEntities(textOf(many(1_001), 4_096))).children.length, 1_000);
  const nested = Array.from(
    { length: 100 },
    (_, depth) => `Content-Type: multipart/mixed; boundary=b${depth}-\n\n--b${depth}-\n`,
  );
  let depth = 0;
  for (
    let entity = (await scanEntities(textOf(nested.join('')))).children[0];
    entity !== undefined;
    entity = entity.children[0]
  )
    depth += 1;
  t.equal(depth, 31);
  const long = await scanEntities(textOf(`X: ${'x'.repeat(200_000)}\nSubject: lost\n\nbody\n`, 4_096));
  t.equal(long.bodyTo - long.bodyFrom, 6, 'a header beyond the limit is passed over, and the body is where it is');
  t.equal(long.facts.fields.get('subject'), undefined);
});

t.test('sections', async (t) => {
  const content = [
    'Subject: out',
    'Content-Type: multipart/mixed; boundary=a',
    '',
    '--a',
    'X: 1',
    '',
    'one',
    '--a',
    'Content-Type: message/rfc822',
    '',
    'Subject: in',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-ID: <deep>',
    '',
    'deep',
    '--b--',
    '--a--',
    '',
  ].join('\r\n');
  const inner = 'Subject: in\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n';
  const innerBody = '--b\r\nContent-ID: <deep>\r\n\r\ndeep\r\n--b--';
  const single = 'Subject: x\r\n\r\nbody';
  const cases: readonly (readonly [
    content: string,
    part: readonly number[],
    what: Section['what'],
    found: string | null,
  ])[] = [
    [content, [], 'all', content],
    [content, [], 'header', 'Subject: out\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n'],
    [content, [1], 'all', 'one'],
    [content, [1], 'mime', 'X: 1\r\n\r\n'],
    [content, [1], 'header', null],
    [content, [1, 1], 'all', null],
    [content, [2], 'all', inner + innerBody],
    [content, [2], 'mime', 'Content-Type: message/rfc822\r\n\r\n'],
    [content, [2], 'header', inner],
    [content, [2], 'text', innerBody],
    [content, [2, 1], 'all', 'deep'],
    [content, [2, 1], 'mime', 'Content-ID: <deep>\r\n\r\n'],
    [content, [2, 2], 'all', null],
    [content, [3], 'all', null],
    [single, [1], 'all', 'body'],
    [single, [1], 'mime', 'Subject: x\r\n\r\n'],
    [single, [1, 1], 'all', null],
    [single, [2], 'all', null],
    [single, [], 'text', 'body'],
    [`Content-Type: message/rfc822\r\n\r\n${single}`, [1], 'all', single],
    [`Content-Type: message/rfc822\r\n\r\n${single}`, [1, 1], 'all', 'body'],
  ];
  for (const [text, part, what, found] of cases) {
    const range = rangeOfSection(await scanEntities(textOf(text)), { part, what, fields: [] });
    t.equal(range === null ? null : text.slice(range.from, range.to), found, `${part.join('.')} ${what}`);
  }
});
