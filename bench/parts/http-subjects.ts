import { dirname, join } from 'node:path';

import { benchFile, findProgram, isRoot } from '../machine.ts';
import { porticoHead, porticoSubject } from '../portico-subject.ts';
import { createRoster } from '../roster.ts';
import type { PortOf, Skipped, Subject } from '../subject.ts';

const services = ['http', 'cgi'];

/** Each listens on two ports, and serves the same on both: files, and CGI programs below /cgi-bin/. No access logs. */
export function findHttpSubjects(site: string): { present: Subject[]; absent: Skipped[] } {
  const { present, absent, add } = createRoster();
  present.push(portico(site, 1), portico(site, 2), bareHttp(site));
  add((program) => nginx(program, site), 'nginx', findProgram('fcgiwrap') === null ? 'no fcgiwrap' : null);
  add((program) => lighttpd(program, site), 'lighttpd');
  add((program) => apache(program, site), 'apache2');
  return { present, absent };
}

function portico(site: string, workers: number): Subject {
  return porticoSubject(
    workers === 1 ? 'portico' : `portico, ${workers} workers`,
    services,
    (port) => `
${porticoHead(workers)}
services:
  web:
    type: http
    listen: [tcp://127.0.0.1:${port('http')}, tcp://127.0.0.1:${port('cgi')}]
    max_requests: 1000000
    routes:
      /: { files: "${site}" }
      /cgi-bin/: { cgi: "${site}/cgi-bin" }
`,
  );
}

function bareHttp(site: string): Subject {
  return {
    name: 'bare node:http',
    services: ['http'],
    sources: 8,
    command: (port) => [process.execPath, benchFile('subjects/bare-http.mjs'), String(port('http')), site],
  };
}

/** With two processes, as Debian starts it on two cores. */
function nginx(program: string, site: string): Subject {
  const variables = {
    QUERY_STRING: '$query_string',
    REQUEST_METHOD: '$request_method',
    CONTENT_TYPE: '$content_type',
    CONTENT_LENGTH: '$content_length',
    SCRIPT_NAME: '$fastcgi_script_name',
    SCRIPT_FILENAME: `${site}$fastcgi_script_name`,
    REQUEST_URI: '$request_uri',
    DOCUMENT_URI: '$document_uri',
    DOCUMENT_ROOT: site,
    SERVER_PROTOCOL: '$server_protocol',
    REQUEST_SCHEME: '$scheme',
    GATEWAY_INTERFACE: 'CGI/1.1',
    SERVER_SOFTWARE: 'nginx/$nginx_version',
    REMOTE_ADDR: '$remote_addr',
    REMOTE_PORT: '$remote_port',
    SERVER_ADDR: '$server_addr',
    SERVER_PORT: '$server_port',
    SERVER_NAME: '$server_name',
  };
  const parameters = Object.entries(variables).map(([name, value]) => `      fastcgi_param ${name} ${value};`);
  const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  // fcgiwrap is in the process group that ends with the daemon.
  const script =
    'fcgiwrap -c 16 -s "unix:$PWD/wrap" & until [ -S wrap ]; do sleep 0.05; done; chmod 666 wrap; exec "$0" -p "$PWD" -c nginx.conf -e error.log';
  return {
    name: 'nginx and fcgiwrap',
    services,
    sources: 8,
    command: () => ['/bin/sh', '-c', script, program],
    files: (port, folder) => ({
      'nginx.conf': `${isRoot ? 'user nobody nogroup;' : ''}
daemon off;
worker_processes 2;
pid pid;
error_log error.log crit;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
${scratch.map((kind) => `  ${kind}_temp_path ${kind};`).join('\n')}
  server {
    listen 127.0.0.1:${port('http')} backlog=1024;
    listen 127.0.0.1:${port('cgi')} backlog=1024;
    root ${site};
    location / { }
    location /cgi-bin/ {
${parameters.join('\n')}
      fastcgi_pass unix:${folder}/wrap;
    }
  }
}
`,
    }),
  };
}

function lighttpd(program: string, site: string): Subject {
  return {
    name: 'lighttpd',
    services,
    sources: 8,
    command: () => [program, '-D', '-f', 'lighttpd.conf'],
    files: (port) => ({
      'lighttpd.conf': `server.modules = ("mod_cgi", "mod_access")
server.document-root = "${site}"
server.bind = "127.0.0.1"
server.port = ${port('http')}
$SERVER["socket"] == "127.0.0.1:${port('cgi')}" { }
server.max-keep-alive-requests = 100000000
server.max-connections = 4096
server.max-fds = 8192
mimetype.assign = ("" => "application/octet-stream")
cgi.assign = (".cgi" => "")
`,
    }),
  };
}

/** mpm_event and mod_cgid, whose modules stand beside the program. */
function apache(program: string, site: string): Subject {
  const modules = join(dirname(program), '../lib/apache2/modules');
  const listens = (port: PortOf): string => services.map((name) => `Listen 127.0.0.1:${port(name)}`).join('\n');
  return {
    name: 'apache mod_cgid',
    services,
    sources: 8,
    command: (_port, folder) => [program, '-DFOREGROUND', '-f', join(folder, 'apache.conf')],
    files: (port, folder) => ({
      'mime.types': 'text/plain txt\n',
      'apache.conf': `ServerRoot ${folder}
${['mpm_event', 'authz_core', 'cgid', 'alias', 'mime'].map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
TypesConfig ${folder}/mime.types
ServerName localhost
${listens(port)}
PidFile ${folder}/pid
Mutex file:${folder} default
ScriptSock ${folder}/cgid
ErrorLog ${folder}/error.log
LogLevel crit
DocumentRoot ${site}
${isRoot ? 'User nobody\nGroup nogroup' : ''}
KeepAlive On
MaxKeepAliveRequests 0
ScriptAlias /cgi-bin/ ${site}/cgi-bin/
<Directory ${site}>
  Require all granted
  AllowOverride None
</Directory>
`,
    }),
  };
}
