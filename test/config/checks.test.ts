import t from 'tap';

import { load } from './harness.ts';
import { pem } from './pem.ts';

const files = { 'good.pem': pem.goodCert, 'good.key': pem.goodKey };
const certificates = 'certificates: { public: { cert: ./good.pem, key: ./good.key } }\n';

async function mistakes(t: Parameters<typeof load>[0], services: string, head = ''): Promise<unknown> {
  const result = await load(t, { files: { ...files, 'c.yaml': `${head}services:\n${services}` } });
  return Array.isArray(result) ? result : [];
}

t.test("tls needs a certificate: the default, the service's, or its own", async (t) => {
  const text = `  a: { type: echo, listen: tls://127.0.0.1:1 }
  b: { type: echo, listen: tls://127.0.0.1:2, tls: { certificate: public } }
  c: { type: echo, listen: { address: "tls://127.0.0.1:3", certificate: public } }
  d: { type: echo, listen: [tcp://127.0.0.1:4, { address: "tls://127.0.0.1:5" }] }
  e: { type: echo, listen: tls://127.0.0.1:6, tls: { certificates: [public] } }
`;
  t.strictSame(await mistakes(t, text, certificates), [
    'c.yaml:3:28: services.a.listen: expected a certificate for tls: neither certificates.default nor tls.certificate is given',
    'c.yaml:6:59: services.d.listen[1].address: expected a certificate for tls: neither certificates.default nor tls.certificate is given',
  ]);
  t.strictSame(
    await mistakes(t, text, certificates.replace('{ public:', '{ default: { cert: good.pem, key: good.key }, public:')),
    [],
  );
});

t.test('where TLS is required there is a certificate', async (t) => {
  const text = `  a: { type: ftp, listen: tcp://127.0.0.1:1, require_tls: true }
  b: { type: ftp, listen: [{ address: "tcp://127.0.0.1:2", certificate: public }, "unix:./b"], require_tls: true }
  c: { type: ftp, listen: tcp://127.0.0.1:3, require_tls: true, tls: { certificate: public } }
  d: { type: ftp, listen: { address: "tls://127.0.0.1:4", certificate: public }, require_tls: true }
  e: { type: ftp, listen: tcp://127.0.0.1:5, require_tls: false }
`;
  const why = 'neither certificates.default nor tls.certificate is given, so nobody could do anything there';
  t.strictSame(await mistakes(t, text, certificates), [
    `c.yaml:3:59: services.a.require_tls: expected a certificate for tcp://127.0.0.1:1: ${why}`,
    `c.yaml:4:109: services.b.require_tls: expected a certificate for unix:./b: ${why}`,
  ]);
  t.strictSame(
    await mistakes(t, text, certificates.replace('{ public:', '{ default: { cert: good.pem, key: good.key }, public:')),
    [],
  );
});

t.test('names of certificates exist', async (t) => {
  const text = `  a: { type: echo, listen: tls://127.0.0.1:1, tls: { certificate: pubic, certificates: [public, x] } }
  b: { type: echo, listen: { address: "tls://127.0.0.1:2", certificate: y } }
`;
  t.strictSame(await mistakes(t, text, certificates), [
    'c.yaml:3:67: services.a.tls.certificate: there is no certificate called "pubic", did you mean "public"?',
    'c.yaml:3:97: services.a.tls.certificates[1]: there is no certificate called "x"',
    'c.yaml:4:73: services.b.listen.certificate: there is no certificate called "y"',
  ]);
});

t.test("peers' certificates are checked against an authority", async (t) => {
  const text = `  a: { type: echo, listen: tcp://127.0.0.1:1, tls: { client_certificate: required } }
  b: { type: echo, listen: tcp://127.0.0.1:2, tls: { client_ca: ./none.pem } }
  c: { type: echo, listen: tcp://127.0.0.1:3, tls: { client_ca: ./good.pem, client_certificate: required } }
  d: { type: echo, listen: tcp://127.0.0.1:4, tls: { client_ca: ./good.pem } }
  e: { type: echo, listen: tcp://127.0.0.1:5, tls: { client_ca: ./good.pem, client_certificate: none } }
`;
  t.strictSame(await mistakes(t, text), [
    'c.yaml:2:74: services.a.tls.client_certificate: expected a client_ca to check certificates with, got nothing',
    'c.yaml:3:65: services.b.tls.client_ca: cannot read "none.pem": there is no such file',
    'c.yaml:3:65: services.b.tls.client_ca: a peer is never asked for a certificate: add client_certificate: optional or required',
    'c.yaml:5:65: services.d.tls.client_ca: a peer is never asked for a certificate: add client_certificate: optional or required',
  ]);
});

t.test('what a listener is given fits its kind', async (t) => {
  const text = `  a: { type: echo, listen: { address: "tcp://127.0.0.1:1", mode: "0660", broadcast: true, multicast: [239.1.1.1] } }
  b: { type: echo, listen: [{ address: "udp://127.0.0.1:1", certificate: public, proxy_protocol: [127.0.0.1] }] }
  c: { type: echo, listen: { address: "unix:./c", mode: 660 } }
  d: { type: echo, listen: { address: "udp://*:4", multicast: [10.0.0.1, "fe80::1"] } }
`;
  t.strictSame(await mistakes(t, text, certificates), [
    'c.yaml:3:66: services.a.listen.mode: expected an address with unix: for this',
    'c.yaml:3:85: services.a.listen.broadcast: expected an address with udp:// for this',
    'c.yaml:3:102: services.a.listen.multicast: expected an address with udp:// for this',
    'c.yaml:4:74: services.b.listen[0].certificate: expected an address with tls:// or tcp:// for this',
    'c.yaml:4:98: services.b.listen[0].proxy_protocol: expected an address with tcp:// or tls:// for this',
    'c.yaml:5:57: services.c.listen.mode: expected a file mode in quotes such as "0660", got 660 (without quotes YAML reads it as a decimal number)',
    'c.yaml:6:64: services.d.listen.multicast[0]: expected a multicast address such as "239.1.2.3", got "10.0.0.1"',
    'c.yaml:6:74: services.d.listen.multicast[1]: expected a multicast address such as "239.1.2.3", got "fe80::1"',
  ]);
});

t.test('a type takes what it can', async (t) => {
  const text = `  mail: { listen: [tcp://127.0.0.1:1, udp://127.0.0.1:1, unix:./m, socket:m] }
  drop: { listen: [udp://127.0.0.1:2, tcp://127.0.0.1:2, unix:./d, socket:d] }
`;
  const streams =
    'expected an address such as "tcp://127.0.0.1:2007", because this service type takes connections only';
  const datagrams =
    'expected an address such as "udp://127.0.0.1:2007", because this service type takes datagrams only';
  t.strictSame(await mistakes(t, text), [
    `c.yaml:2:39: services.mail.listen[1]: ${streams}`,
    `c.yaml:3:39: services.drop.listen[1]: ${datagrams}`,
    `c.yaml:3:58: services.drop.listen[2]: ${datagrams}`,
  ]);
});

t.test('an address has one owner', async (t) => {
  const text = `  a: { type: echo, listen: tcp://127.0.0.1:9080 }
  b: { type: echo, listen: [tcp://127.0.0.1:1, "tcp://*:1", udp://127.0.0.1:1] }
  c: { type: echo, enabled: false, listen: tcp://127.0.0.1:1 }
  d: { type: echo, listen: { address: "unix:./s" } }
  e: { type: echo, listen: { address: "unix:s" } }
`;
  t.strictSame(await mistakes(t, text, 'admin: { listen: tcp://127.0.0.1:9080 }\n'), [
    'c.yaml:3:28: services.a.listen: expected an address of its own, got "tcp://127.0.0.1:9080": admin listens there',
    'c.yaml:4:48: services.b.listen[1]: expected an address of its own, got "tcp://*:1": services.b already listens there ("tcp://127.0.0.1:1")',
    'c.yaml:7:39: services.e.listen.address: expected an address of its own, got "unix:s": services.d listens there ("unix:./s")',
  ]);
});

t.test('the names of pools are not mixed up', async (t) => {
  t.strictSame(await mistakes(t, '  main: { type: echo, listen: tcp://127.0.0.1:1, isolate: true }\n'), [
    'c.yaml:2:59: services.main.isolate: expected another name than "main", which is that of the common workers',
  ]);
  t.strictSame(await mistakes(t, '  main: { type: echo, listen: tcp://127.0.0.1:1 }\n'), []);
});

t.test('users and groups exist', async (t) => {
  t.strictSame(
    await mistakes(
      t,
      `  a: { type: echo, listen: tcp://127.0.0.1:1, user: root, group: no-such-group }
  b: { type: echo, listen: tcp://127.0.0.1:2, user: "a b" }
  c: { type: echo, listen: tcp://127.0.0.1:3, user: root }
`,
    ),
    [
      'c.yaml:2:66: services.a.group: there is no group called "no-such-group"',
      'c.yaml:3:53: services.b.user: expected the name of an account on this system',
    ],
  );
});

t.test('supplementary groups exist, and are of a user', async (t) => {
  t.strictSame(
    await mistakes(
      t,
      `  a: { type: echo, listen: tcp://127.0.0.1:1, user: root, groups: [root, no-such-group] }
  b: { type: echo, listen: tcp://127.0.0.1:2, groups: primary }
  c: { type: echo, listen: tcp://127.0.0.1:3, groups: [root] }
  d: { type: echo, listen: tcp://127.0.0.1:4, groups: all }
  e: { type: echo, listen: tcp://127.0.0.1:5, user: root, groups: primary }
  f: { type: echo, listen: tcp://127.0.0.1:6, user: root, groups: [] }
  g: { type: echo, listen: tcp://127.0.0.1:7, user: root, groups: [${'root, '.repeat(63)}root] }
`,
    ),
    [
      'c.yaml:2:74: services.a.groups[1]: there is no group called "no-such-group"',
      'c.yaml:3:55: services.b.groups: groups needs a user beside it: add user',
      'c.yaml:4:55: services.c.groups: groups needs a user beside it: add user',
    ],
  );
  t.match(
    await mistakes(
      t,
      `  a: { type: echo, listen: tcp://127.0.0.1:1, user: root, groups: root }
  b: { type: echo, listen: tcp://127.0.0.1:2, user: root, groups: ["a b"] }
  c: { type: echo, listen: tcp://127.0.0.1:3, user: root, groups: [${'root, '.repeat(64)}root] }
`,
    ),
    [
      /^c\.yaml:2:67: services\.a\.groups: /,
      /^c\.yaml:3:68: services\.b\.groups/,
      /^c\.yaml:4:67: services\.c\.groups/,
    ],
  );
});

t.test('a trap believes who connects, and not who sends a datagram', async (t) => {
  const text = `  a: { type: echo, sensor: true, listen: [tcp://127.0.0.1:23, "unix:./a"] }
  b: { type: echo, sensor: true, listen: udp://127.0.0.1:161 }
  c: { type: echo, sensor: true, listen: [tcp://127.0.0.1:25, udp://127.0.0.1:25] }
  d: { type: echo, sensor: false, listen: udp://127.0.0.1:7 }
`;
  const message = 'expected a service on tcp:// or tls:// for this: senders of datagrams can be forged';
  t.strictSame(await mistakes(t, text), [
    `c.yaml:3:28: services.b.sensor: ${message}`,
    `c.yaml:4:28: services.c.sensor: ${message}`,
  ]);
});

t.test('authorities are answered at an address of their own, or by a service that speaks HTTP', async (t) => {
  const acme = (listen: string, name = 'www'): string =>
    `${name}: { acme: [${name}.example.com], listen: "${listen}" }`;
  const head = (...certificates: string[]): string => `certificates: { ${certificates.join(', ')} }\n`;
  const http = '  http: { listen: "tcp://*:80" }\n';
  const echo = '  echo: { listen: "tcp://*:80" }\n';

  t.test('not by another', async (t) => {
    t.strictSame(await mistakes(t, echo, head(acme('tcp://*:80'))), [
      'c.yaml:1:57: certificates.www.listen: expected an address of its own, got "tcp://*:80": services.echo listens there',
    ]);
    t.strictSame(await mistakes(t, echo, 'certificates: { www: { acme: [www.example.com] } }\n'), [
      'c.yaml:1:30: certificates.www.acme: expected an address of its own, got "tcp://*:80": services.echo listens there',
    ]);
    t.strictSame(await mistakes(t, echo, head(acme('tcp://127.0.0.1:80'))), [
      'c.yaml:1:57: certificates.www.listen: expected an address of its own, got "tcp://127.0.0.1:80": services.echo listens there ("tcp://*:80")',
    ]);
  });

  t.test('by one that speaks HTTP', async (t) => {
    t.strictSame(await mistakes(t, http, head(acme('tcp://*:80'))), []);
    t.strictSame(await mistakes(t, http, head(acme('tcp://*:80'), acme('tcp://*:80', 'mail'))), []);
    t.strictSame(
      await mistakes(t, '  web: { type: http, listen: "tcp://*:80" }\n', head(acme('tcp://127.0.0.1:80'))),
      [],
    );
  });

  t.test('nobody is in the way', async (t) => {
    const one = '  echo: { listen: tcp://127.0.0.1:1 }\n';
    t.strictSame(await mistakes(t, one, head(acme('tcp://*:80'), acme('tcp://*:80', 'mail'))), [], 'several share one');
    const off = '  echo: { enabled: false, listen: "tcp://*:80" }\n';
    t.strictSame(await mistakes(t, off, head(acme('tcp://*:80'))), [], 'one that is off');
    const alpn = 'certificates: { www: { acme: [www.example.com], challenge: tls-alpn-01 } }\n';
    const served = `${echo}  tls: { type: echo, listen: tls://127.0.0.1:443, tls: { certificate: www } }\n`;
    t.strictSame(await mistakes(t, served, alpn), [], 'port 80 is not asked for');
    const place = 'c.yaml:1:60: certificates.www.challenge';
    const nowhere = `${place}: expected a service that serves this certificate on a tls:// address, where the authority looks for it`;
    t.strictSame(await mistakes(t, echo, alpn), [nowhere]);
    t.strictSame(
      await mistakes(t, served.replace('type: echo, listen: tls', 'type: echo, enabled: false, listen: tls'), alpn),
      [nowhere],
    );
    t.strictSame(
      await mistakes(t, served.replace('certificate: www', 'min_version: TLSv1.2'), alpn.replace('www:', 'default:')),
      [],
    );
  });

  t.test('two of them may not be in each other’s', async (t) => {
    const one = '  echo: { listen: tcp://127.0.0.1:1 }\n';
    t.match(await mistakes(t, one, head(acme('tcp://*:80'), acme('tcp://127.0.0.1:80', 'mail'))), [
      /certificates\.mail\.listen: expected an address of its own.*certificates\.www listens there/,
    ]);
  });

  t.test('nor in that of the admin listener', async (t) => {
    const one = '  echo: { listen: tcp://127.0.0.1:1 }\n';
    t.match(await mistakes(t, one, `admin: { listen: "tcp://127.0.0.1:80" }\n${head(acme('tcp://*:80'))}`), [
      /certificates\.www\.listen: expected an address of its own.*admin listens there/,
    ]);
  });
});
