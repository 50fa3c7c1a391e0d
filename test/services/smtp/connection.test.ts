import t from 'tap';

import { acceptor } from '../../listeners/data-stage.ts';
import { setUp } from './stage.ts';

const goAhead = '220 2.0.0 Go ahead';
const refusal = '554 5.5.1 Text was sent behind STARTTLS';

// RFC 3207 6, and regressions: the end of what had come was looked at, and not what stood behind the command.
const behind: readonly (readonly [what: string, text: string])[] = [
  ['a command', 'STARTTLS\r\nRSET\r\n'],
  ['a command and STARTTLS again', 'STARTTLS\r\nRSET\r\nSTARTTLS\r\n'],
  ['STARTTLS again', 'STARTTLS\r\nSTARTTLS\r\n'],
  ['the beginning of a command', 'STARTTLS\r\nMAIL FROM:<evil@'],
  ['a command that ends like it', 'STARTTLS\r\nMAIL FROM:<evil@x.example>\r\nXSTARTTLS\r\n'],
  // The parser takes a rest after each hundred.
  ['a command, at the hundredth', `${'NOOP\r\n'.repeat(98)}STARTTLS\r\nRSET\r\nSTARTTLS\r\n`],
  ['a command, behind a message', 'DATA\r\nSTARTTLS\r\n.\r\nSTARTTLS\r\nRSET\r\nSTARTTLS\r\n'],
];

t.test('text behind STARTTLS is not taken for what comes after the handshake', async (t) => {
  for (const [what, text] of behind) {
    const { open } = await setUp(t, { tls: acceptor() });
    const { peer, ask } = await open();
    await ask('EHLO me');
    const start = text.startsWith('DATA') ? 'MAIL FROM:<a@from.example>\r\nRCPT TO:<b@to.example>\r\n' : '';
    await peer.write(start + text);
    const said = (await peer.rest()).toString().trimEnd().split('\r\n');
    t.equal(said.at(-1), refusal, what);
    t.notOk(said.includes(goAhead), what);
  }
});

t.test('STARTTLS may be the last of several commands', async (t) => {
  for (const text of ['STARTTLS\r\n', 'NOOP\r\nSTARTTLS \r\n', `${'NOOP\r\n'.repeat(99)}starttls\r\n`]) {
    const { open } = await setUp(t, { tls: acceptor() });
    const { peer, ask, reply } = await open();
    await ask('EHLO me');
    await peer.write(text);
    for (let noops = text.split('NOOP').length - 1; noops > 0; noops -= 1) t.equal(await reply(), '250 2.0.0 OK');
    t.equal(await reply(), goAhead);
  }
});
