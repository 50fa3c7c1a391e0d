import { networkInterfaces } from 'node:os';

import t from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { linesOf, needProgram, needPrograms, runPeer, startPeer } from '../support/peers.ts';

const megabyte = Buffer.from(Array.from({ length: 1 << 20 }, (_, index) => (index * 7919) % 256));

t.test('the small services over TCP', async (t) => {
  const programs = needPrograms(t, 'nc', 'bash');
  if (programs === null) return;
  const { nc, bash } = programs;
  const daemon = await startDaemon(
    t,
    `
services:
  echo: { listen: tcp://127.0.0.1:0 }
  discard: { listen: tcp://127.0.0.1:0 }
  daytime: { listen: tcp://127.0.0.1:0 }
  time: { listen: tcp://127.0.0.1:0 }
  qotd: { listen: tcp://127.0.0.1:0, quotes: [To be.] }
  chargen: { listen: tcp://127.0.0.1:0 }
`,
  );
  const talk = async (service: string, input: string | Buffer = ''): Promise<Buffer> => {
    const { code, bytes } = await runPeer(t, [nc, '-N', '127.0.0.1', String(await daemon.port(service))], { input });
    t.equal(code, 0);
    return bytes;
  };
  const endOf = (service: string) => daemon.line((line) => line.event === 'session.end' && line['service'] === service);

  await t.test('echo gives a megabyte back, after the end of what is sent', async (t) => {
    t.ok((await talk('echo', megabyte)).equals(megabyte));
    t.match(await endOf('echo'), { reason: 'end', bytes: { in: 1048576, out: 1048576 } });
  });
  await t.test('discard takes a megabyte and says nothing', async (t) => {
    t.equal((await talk('discard', megabyte)).length, 0);
    t.match(await endOf('discard'), { reason: 'end', bytes: { in: 1048576, out: 0 } });
  });
  await t.test('daytime writes as ctime() does', async (t) => {
    const text = (await talk('daytime')).toString();
    t.match(text, /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\r\n$/);
  });
  await t.test('time counts from 1900', async (t) => {
    const before = Math.floor(Date.now() / 1000);
    const bytes = await talk('time');
    const after = Math.floor(Date.now() / 1000);
    t.equal(bytes.length, 4);
    const unix = bytes.readUInt32BE() - 2_208_988_800;
    t.ok(before <= unix && unix <= after, `${unix} is between ${before} and ${after}`);
  });
  await t.test('qotd says its quote', async (t) => {
    t.equal((await talk('qotd')).toString(), 'To be.\r\n');
  });
  await t.test('chargen goes on until nobody reads any more', async (t) => {
    const command = `${nc} 127.0.0.1 ${await daemon.port('chargen')} </dev/null | head -2`;
    const { stdout } = await runPeer(t, [bash, '-c', command]);
    t.equal(
      stdout,
      ' !"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg\r\n' +
        '!"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefgh\r\n',
    );
    t.match(await endOf('chargen'), { event: 'session.end' });
  });
});

t.test('the small services over UDP', async (t) => {
  const nc = needProgram(t, 'nc');
  if (nc === null) return;
  const daemon = await startDaemon(
    t,
    `
services:
  echo: { listen: udp://127.0.0.1:0 }
  daytime: { listen: udp://127.0.0.1:0 }
  time: { listen: udp://127.0.0.1:0 }
  qotd: { listen: udp://127.0.0.1:0, quotes: [To be or not to be.] }
  chargen: { listen: udp://127.0.0.1:0 }
`,
  );
  const ask = async (service: string, input: string): Promise<Buffer> => {
    // Ends after the first answer.
    const command = [nc, '-u', '-W', '1', '127.0.0.1', String(await daemon.port(service))] as const;
    return (await runPeer(t, command, { input })).bytes;
  };

  await t.test('echo gives back what came', async (t) => {
    t.equal((await ask('echo', 'hello\n')).toString(), 'hello\n');
  });
  await t.test('time and daytime answer a byte with all they have', async (t) => {
    t.equal((await ask('time', '\n')).length, 4);
    t.match((await ask('daytime', '\n')).toString(), /^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\r\n$/);
  });
  for (const [sent, received] of [
    [1, 1],
    [74, 74],
    [512, 512],
    [513, 512],
    [1400, 512],
  ] as const) {
    await t.test(`chargen answers ${sent} bytes with ${received}`, async (t) => {
      t.equal((await ask('chargen', 'x'.repeat(sent))).length, received);
    });
  }
  for (const [sent, answer] of [
    [1, 'T'],
    [20, 'To be or not to be.\r'],
    [21, 'To be or not to be.\r\n'],
    [600, 'To be or not to be.\r\n'],
  ] as const) {
    await t.test(`qotd answers ${sent} bytes with ${JSON.stringify(answer)}`, async (t) => {
      t.equal((await ask('qotd', 'x'.repeat(sent))).toString(), answer);
    });
  }
});

t.test('both families, by one address', async (t) => {
  const nc = needProgram(t, 'nc');
  if (nc === null) return;
  const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
  if (!hasIpv6) {
    t.plan(0, 'needs IPv6 on loopback');
    return;
  }
  const daemon = await startDaemon(t, 'services: { echo: { listen: ["tcp://*:0", "udp://*:0"] } }');
  const ports = [await daemon.port('echo', 0), await daemon.port('echo', 2)].map(String) as [string, string];
  for (const host of ['127.0.0.1', '::1']) {
    const overTcp = await runPeer(t, [nc, '-N', host, ports[0]], { input: 'tcp\n' });
    const overUdp = await runPeer(t, [nc, '-u', '-W', '1', host, ports[1]], { input: 'udp\n' });
    t.same([overTcp.stdout, overUdp.stdout], ['tcp\n', 'udp\n'], host);
  }
  t.match(await linesOf(daemon, 'session.start', 2), [{ peer: /^127\.0\.0\.1:\d+$/ }, { peer: /^\[::1\]:\d+$/ }]);
});

t.test('chat', async (t) => {
  const nc = needProgram(t, 'nc');
  if (nc === null) return;
  const daemon = await startDaemon(
    t,
    `
services:
  chat:
    listen: tcp://127.0.0.1:0
    rooms: [lobby, support]
    welcome: Hello there.
`,
  );
  const port = String(await daemon.port('chat'));
  const enter = async (nick: string | Buffer) => {
    const peer = startPeer(t, [nc, '-N', '127.0.0.1', port]);
    await peer.says(/^\* Hello there\.\r\n\* What is your nickname\?\r\n$/);
    peer.write(nick);
    await peer.says(/\* (\S+) joined lobby\r\n/);
    return peer;
  };
  const alice = await enter('alice\n');

  await t.test('two talk', async (t) => {
    const bob = await enter('bob\r\n');
    await alice.says(/\* bob joined lobby\r\n/);
    bob.write('grüße\n');
    await alice.says(/<bob> grüße\r\n/);
    alice.write('/msg bob psst\n/me waves\n');
    await bob.says(/-alice- psst\r\n/);
    await bob.says(/\* alice waves\r\n/);
    bob.write('/who\n');
    await bob.says(/\* in lobby: alice, bob\r\n/);
    bob.end();
    await alice.says(/\* bob left lobby\r\n/);
    t.notMatch(bob.output(), /<bob>/, 'nobody is told their own words');
    t.equal(await bob.ended, 0);
  });
  await t.test('what a telnet program mixes in is not seen', async (t) => {
    const [IAC, SB, SE, WILL, DO, NAWS, ECHO] = [255, 250, 240, 251, 253, 31, 1];
    const negotiation = Buffer.from([IAC, DO, ECHO, IAC, WILL, NAWS, IAC, SB, NAWS, 0, 80, 0, 24, IAC, SE]);
    const carol = await enter(Buffer.concat([negotiation, Buffer.from('car'), negotiation, Buffer.from('ol\r\0')]));
    await alice.says(/\* carol joined lobby\r\n/);
    // An option agreed on in the midst of a line, and the return key as NVT sends it.
    carol.write(Buffer.concat([Buffer.from('good '), Buffer.from([IAC, DO, ECHO]), Buffer.from('morning\r\0')]));
    await alice.says(/<carol> good morning\r\n/);
    carol.write('/quit\r\n');
    await carol.says(/\* Goodbye\r\n$/);
    await alice.says(/\* carol left lobby\r\n/);
    // OpenBSD's nc wants its own end, too.
    carol.end();
    t.equal(await carol.ended, 0);
  });
});
