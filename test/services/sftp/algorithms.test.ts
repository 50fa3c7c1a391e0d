import t from 'tap';

import { dial } from '../../support/dial.ts';
import { startStage } from './stage.ts';

t.test('offers what is meant to be offered, and nothing besides', async (t) => {
  const { port } = await startStage(t);
  const common = {
    kex: 'curve25519-sha256,curve25519-sha256@libssh.org,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,kex-strict-s-v00@openssh.com',
    hostKey: 'ssh-ed25519,rsa-sha2-512,rsa-sha2-256',
    compression: 'none',
  };
  const gcm = 'aes128-gcm@openssh.com,aes256-gcm@openssh.com';
  const etm = 'hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com';
  const few = { ...common, cipher: gcm, mac: etm };
  const more = { ...common, cipher: `${gcm},aes256-ctr,aes128-ctr`, mac: `${etm},hmac-sha2-256,hmac-sha2-512` };
  const table: [ident: string, offer: object][] = [
    ['OpenSSH_9.2p1 Debian-2', few],
    ['OpenSSH_7.0', few],
    ['OpenSSH_10.1', few],
    ['OpenSSH_6.9', more],
    ['libssh2_1.10.0', more],
    ['PuTTY_Release_0.78', more],
  ];
  for (const [ident, offer] of table) t.same(await offerTo(port, ident), offer, ident);
});

/** What the server's first packet (RFC 4253 7.1) holds, which is in clear. */
async function offerTo(port: number, ident: string): Promise<object> {
  const peer = await dial(port);
  await peer.write(`SSH-2.0-${ident}\r\n`);
  const banner = await peer.bytes('SSH-2.0-Portico\r\n'.length);
  if (banner.toString() !== 'SSH-2.0-Portico\r\n') throw new Error(`another banner: ${banner.toString()}`);
  const length = (await peer.bytes(4)).readUInt32BE();
  const packet = await peer.bytes(length);
  peer.end();
  const lists: string[] = [];
  for (let at = 1 + 1 + 16; lists.length < 8;) {
    const end = at + 4 + packet.readUInt32BE(at);
    lists.push(packet.subarray(at + 4, end).toString());
    at = end;
  }
  const [kex, hostKey, cipher, cipherBack, mac, macBack, compression, compressionBack] = lists;
  if (cipher !== cipherBack || mac !== macBack || compression !== compressionBack) throw new Error('not the same');
  return { kex, hostKey, cipher, mac, compression };
}
