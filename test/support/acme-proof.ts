import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';

// What an authority does to see whether a name is the applicant's. Always on loopback: names are not looked up.

export interface ProofOptions {
  readonly port: number;
  readonly name: string;
  readonly token: string;
  readonly keyAuthorization: string;
}

/** What was wrong, null when nothing was. RFC 8555 8.3. */
export async function lookByHttp({ port, name, token, keyAuthorization }: ProofOptions): Promise<string | null> {
  try {
    const path = `/.well-known/acme-challenge/${token}`;
    const outgoing = request({ host: '127.0.0.1', port, path, headers: { host: name }, agent: false });
    outgoing.end();
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    const body = await text(incoming);
    if (incoming.statusCode !== 200) return `status ${incoming.statusCode}`;
    return body.trimEnd() === keyAuthorization ? null : `"${body}" is not the key authorization`;
  } catch (error) {
    return String(error);
  }
}

/** RFC 8737 3. `serverName` is what is asked for, `name` what the certificate has to be for. */
export async function lookByTlsAlpn({
  port,
  name,
  serverName,
  keyAuthorization,
}: ProofOptions & { readonly serverName: string }): Promise<string | null> {
  const options = { host: '127.0.0.1', port, servername: serverName, ALPNProtocols: ['acme-tls/1'] };
  const socket = connect({ ...options, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    if (socket.alpnProtocol !== 'acme-tls/1') return `ALPN chose ${socket.alpnProtocol}`;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return 'no certificate';
    return judge(certificate, name, keyAuthorization);
  } catch (error) {
    return String(error);
  } finally {
    socket.destroy();
  }
}

function judge(certificate: X509Certificate, name: string, keyAuthorization: string): string | null {
  const names = certificate.subjectAltName ?? '';
  const isFor =
    isIP(name) === 0 ? names === `DNS:${name}` : /^IP Address:[^,]+$/.test(names) && certificate.checkIP(name);
  if (isFor === false || isFor === undefined) return `certificate for ${names}`;
  const digest = createHash('sha256').update(keyAuthorization).digest();
  // The extension's identifier, critical TRUE, an octet string with an octet string of 32 bytes in it.
  const head = Buffer.from('06082b0601050507011f0101ff04220420', 'hex');
  return certificate.raw.includes(Buffer.concat([head, digest])) ? null : 'no critical extension with the right digest';
}
