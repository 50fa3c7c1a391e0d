// bare-http.mjs PORT FOLDER - the least that serves files with node:http: small ones are read, large ones piped. MIT licence.
import fs from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream';

const [port, folder] = process.argv.slice(2);
const small = fs.readFileSync(join(folder, 'small'));

http
  .createServer((request, response) => {
    if (request.url === '/small') {
      response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': small.length });
      response.end(small);
      return;
    }
    const path = join(folder, 'large');
    response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': fs.statSync(path).size });
    pipeline(fs.createReadStream(path, { highWaterMark: 512 * 1024 }), response, () => {});
  })
  .listen({ host: '127.0.0.1', port: Number(port), backlog: 4096 });
