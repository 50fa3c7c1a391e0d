import { createHash } from 'node:crypto';

import { bodyOf } from '../item.ts';
import { expect, PutOff } from '../outcome.ts';
import type { Traffic, Visit } from '../visit.ts';

/** What the daemon serves as a file, made by the one who starts it. */
export const page = Array.from({ length: 4_000 }, (_, line) => `line ${line} of the page\n`).join('');
const digest = digestOf(page);

export const http: Traffic = {
  name: 'http files',
  services: ['http'],
  async visit(visit) {
    const { status, body } = await request(visit, visit.ports.http, 'GET', '/page.txt');
    expect(status === 200, '200', String(status));
    expect(digestOf(body) === digest, 'the whole page', `${body.length} characters`);
  },
};

export const upload: Traffic = {
  name: 'http upload',
  services: ['http'],
  async visit(visit) {
    const id = visit.ledger.nextItem('http');
    const { status } = await request(visit, visit.ports.http, 'PUT', `/drop/${id}.txt`, bodyOf(id));
    expect(status === 201, '201', String(status));
    visit.acknowledged(id);
  },
};

export const xmlrpc: Traffic = {
  name: 'xmlrpc',
  services: ['xmlrpc'],
  async visit(visit) {
    const [a, b] = [visit.random.below(1_000), visit.random.below(1_000)];
    const param = (value: number): string => `<param><value><int>${value}</int></value></param>`;
    const call = `<methodCall><methodName>math.add</methodName><params>${param(a)}${param(b)}</params></methodCall>`;
    const { body } = await request(visit, visit.ports.xmlrpc, 'POST', '/RPC2', call);
    const [, sum] = /<(?:int|i4)>(-?\d+)</.exec(body) ?? [];
    expect(sum === String(a + b), String(a + b), body);
  },
};

export const admin: Traffic = {
  name: 'admin',
  services: ['@admin'],
  async visit(visit) {
    const path = visit.random.pick(['/healthz', '/metrics', '/api/status']);
    const { status, body } = await request(visit, visit.ports.admin, 'GET', path);
    expect(status === 200, '200', `${status} ${body}`);
  },
};

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** HTTP/1.0: the answer ends with the connection. */
async function request(visit: Visit, port: number, method: string, path: string, body = ''): Promise<Answer> {
  const peer = await visit.dial(port);
  try {
    const type = method === 'POST' ? 'Content-Type: text/xml\r\n' : '';
    peer.write(`${method} ${path} HTTP/1.0\r\nHost: localhost\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`);
    const status = Number((await peer.line()).split(' ')[1]);
    let length = Number.NaN;
    for (let line = await peer.line(); line !== ''; line = await peer.line()) {
      const [, value] = /^content-length: (\d+)$/i.exec(line) ?? [];
      if (value !== undefined) length = Number(value);
    }
    const answer = (Number.isNaN(length) ? await peer.rest() : await peer.bytes(length)).toString();
    // 503: too busy just now. 507: no room on the disk. 500: no descriptor for the file.
    if (status >= 500) throw new PutOff(`${status} to ${method} ${path.split('/', 2).join('/')}`);
    return { status, body: answer };
  } finally {
    peer.destroy();
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
