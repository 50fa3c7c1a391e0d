import t from 'tap';

import type { Plan } from '../../src/contract/plan.ts';
import { load } from './harness.ts';

const services = 'services:\n  echo: { listen: tcp://127.0.0.1:2007 }\n';

t.test('the smallest delivery, and all the defaults', async (t) => {
  const text = `deliveries:\n  archive: { type: directory, path: ./archive }\n${services}`;
  const plan = (await load(t, { files: { 'c.yaml': text } })) as Plan;
  t.strictSame(plan.deliveries, {
    archive: {
      type: 'directory',
      retry: { first: 5_000, longest: 3_600_000, giveUp: 259_200_000 },
      timeout: 60_000,
      concurrency: 4,
      when: { service: [], name: null },
      options: { path: './archive' },
      base: '@',
    },
  });
});

t.test('a delivery that says everything, in a file of another folder', async (t) => {
  const more = `
deliveries:
  hook:
    type: webhook
    retry: { first: 1s, longest: 2s, give_up: 365d }
    timeout: 1d
    concurrency: 1000
    when: { service: [echo], name: "*.pdf" }
    url: https://x.example/
    secret: \${SECRET}
`;
  const text = `include: [more/d.yaml]\n${services}`;
  const plan = (await load(t, { files: { 'c.yaml': text, 'more/d.yaml': more }, env: { SECRET: '123' } })) as Plan;
  t.strictSame(plan.deliveries, {
    hook: {
      type: 'webhook',
      retry: { first: 1_000, longest: 2_000, giveUp: 31_536_000_000 },
      timeout: 86_400_000,
      concurrency: 1_000,
      when: { service: ['echo'], name: '*.pdf' },
      // Digits of a placeholder are text where text is wanted.
      options: { url: 'https://x.example/', secret: '123' },
      base: '@/more',
    },
  });
});

t.test('no section, an empty one, and an empty map are no deliveries', async (t) => {
  for (const section of ['', 'deliveries:\n', 'deliveries: {}\n']) {
    const plan = (await load(t, { files: { 'c.yaml': `${section}${services}` } })) as Plan;
    t.strictSame(plan.deliveries, {});
  }
});

const mistakes: readonly (readonly [section: string, ...mistakes: string[]])[] = [
  ['deliveries: []', 'c.yaml:1:13: deliveries: expected a map of deliveries'],
  ['deliveries: { a: 1 }', 'c.yaml:1:18: deliveries.a: expected a map with the options of the delivery'],
  [
    'deliveries: { a: }',
    'c.yaml:1:15: deliveries.a.type: expected a type of delivery (directory, maildir, command, webhook, sftp, smtp), got nothing',
  ],
  [
    'deliveries: { a: { type: [x] } }',
    'c.yaml:1:26: deliveries.a.type: expected a type of delivery (directory, maildir, command, webhook, sftp, smtp), got a list',
  ],
  [
    'deliveries: { a: { type: directry, path: x } }',
    'c.yaml:1:26: deliveries.a.type: unknown delivery type "directry", did you mean "directory"?',
  ],
  [
    'deliveries: { a: { type: printer } }',
    'c.yaml:1:26: deliveries.a.type: unknown delivery type "printer"; expected a type of delivery (directory, maildir, command, webhook, sftp, smtp)',
  ],
  ['deliveries: { a: { type: "${SECRET}" } }', 'c.yaml:1:26: deliveries.a.type: unknown delivery type "…"'],
  [
    'deliveries: { "@mailbox": { type: maildir, path: x } }',
    'c.yaml:1:15: deliveries.@mailbox: expected a name of at most 64 letters, digits, ".", "_" and "-" that begins with a letter or digit',
  ],
  [
    'deliveries: { a: { type: directory, pth: x, tmeout: 1s } }',
    'c.yaml:1:15: deliveries.a.path: expected a path, got nothing',
    'c.yaml:1:37: deliveries.a.pth: unknown key "pth", did you mean "path"?',
    'c.yaml:1:45: deliveries.a.tmeout: unknown key "tmeout", did you mean "timeout"?',
  ],
  [
    'deliveries: { a: { type: directory, path: x, name: "{date}/../{nme}" } }',
    'c.yaml:1:52: deliveries.a.name: expected placeholders out of {service} {account} {name} {id} {date} {time} {from} {to} {subject} {extension}, got "{date}/../{nme}"',
  ],
  [
    'deliveries: { a: { type: directory, path: x, name: "../{name}" } }',
    'c.yaml:1:52: deliveries.a.name: expected no part of the name to begin with a dot, got "../{name}"',
  ],
  [
    'deliveries: { a: { type: maildir, path: x, retry: { first: 2h }, timeout: 50ms, concurrency: 0 } }',
    'c.yaml:1:60: deliveries.a.retry.first: expected at most as long a pause as the longest one',
    'c.yaml:1:75: deliveries.a.timeout: expected a duration of at least 100ms, got "50ms"',
    'c.yaml:1:94: deliveries.a.concurrency: expected a number of at least 1, got 0',
  ],
  [
    'deliveries: { a: { type: maildir, path: x, retry: { longest: 1s } } }',
    'c.yaml:1:62: deliveries.a.retry.longest: expected at least as long a pause as the first one',
  ],
  [
    'deliveries: { a: { type: maildir, path: x, when: { service: [eco], name: "" } } }',
    'c.yaml:1:62: deliveries.a.when.service[0]: there is no service called "eco", did you mean "echo"?',
    'c.yaml:1:74: deliveries.a.when.name: expected at least 1 character, got ""',
  ],
  [
    'deliveries: { a: { type: webhook, url: "ftp://x.example/", headers: { Host: x, A: "a\\nb" } } }',
    'c.yaml:1:40: deliveries.a.url: expected a URL such as "https://hooks.example.com/incoming", got "ftp://x.example/"',
    'c.yaml:1:71: deliveries.a.headers.Host: expected another header than one that is always set',
    'c.yaml:1:83: deliveries.a.headers.A: expected printable ASCII characters',
  ],
  [
    'deliveries: { a: { type: command, command: [] } }',
    'c.yaml:1:35: deliveries.a.command[0]: expected a path, got nothing',
  ],
  [
    'deliveries: { a: { type: sftp, host: "a b", user: u, host_key: any } }',
    'c.yaml:1:38: deliveries.a.host: expected a host name or an address, got "a b"',
  ],
  [
    'deliveries: { a: { type: sftp, host: a, user: u, host_key: any } }',
    'c.yaml:1:15: deliveries.a.password: expected a password or a key, got neither',
  ],
  [
    'deliveries: { a: { type: sftp, host: a, user: u, password: p } }',
    'c.yaml:1:15: deliveries.a.host_key: expected a text or a list, got nothing',
  ],
  [
    'deliveries: { a: { type: smtp, user: u, password: p } }',
    'c.yaml:1:38: deliveries.a.user: expected a host to log in to, got none',
  ],
  [
    'deliveries: { a: { type: smtp, host: h, user: u, password: p, tls: none } }',
    'c.yaml:1:68: deliveries.a.tls: expected TLS for a password',
  ],
  [
    'deliveries: { a: { type: smtp, host: h, user: u } }',
    'c.yaml:1:47: deliveries.a.user: expected user and password, or neither',
  ],
  [
    'deliveries: { a: { type: smtp, tls: required, to: [a@b.example, ab] } }',
    'c.yaml:1:37: deliveries.a.tls: expected a host for this: what the servers of recipients can do is theirs to say',
    'c.yaml:1:65: deliveries.a.to[1]: expected a mail address such as "scans@example.com"',
  ],
];

t.test('mistakes, each at its place', async (t) => {
  for (const [section, ...expected] of mistakes) {
    const given = await load(t, { files: { 'c.yaml': `${section}\n${services}` }, env: { SECRET: 'topsecret' } });
    t.strictSame(Array.isArray(given) ? given : 'no mistake', expected, section);
  }
});
