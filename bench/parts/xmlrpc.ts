import { benchFile, findProgram } from '../machine.ts';
import { porticoHead, porticoSubject } from '../portico-subject.ts';
import { createRoster } from '../roster.ts';
import type { Case, OpenPart } from '../part.ts';
import type { Subject } from '../subject.ts';
import { measureWithWrk } from '../wrk.ts';

const abyssLibraries = ['xmlrpc_server_abyss', 'xmlrpc_server', 'xmlrpc_abyss', 'xmlrpc', 'xmlrpc_util', 'pthread'];

/** Two methods: `add` adds two integers, `list` answers with 1,000 structs of four members. */
export const openXmlRpc: OpenPart = ({ generator, settings }) => {
  const { present, absent, add } = createRoster();
  present.push(portico(1), portico(2));
  const abyss = generator.compile('peers/abyss_server', ...abyssLibraries.map((name) => `-l${name}`));
  add(() => abyssServer(abyss ?? ''), 'cc', abyss === null ? 'no libxmlrpc-core-c3-dev' : null);
  add((program) => python(program, 'one thread'), 'python3');
  add((program) => python(program, 'a thread each'), 'python3');
  if (findProgram('wrk') === null)
    return { present: [], absent: present.map((one) => ({ ...one, why: 'no wrk for the load' })), cases: [] };
  const { seconds } = settings;
  const one = (name: string, title: string, method: 'add' | 'list', connections: number, isClosing = false): Case => ({
    name,
    title: `XML-RPC: ${title}`,
    unit: '/s',
    service: 'xmlrpc',
    measure: (running) =>
      measureWithWrk(running, {
        service: 'xmlrpc',
        path: '/RPC2',
        connections,
        seconds,
        body: call(method),
        isClosing,
      }),
  });
  const cases = [
    one('xmlrpc-add-1', 'add, 1 connection that stays', 'add', 1),
    one('xmlrpc-add-16', 'add, 16 connections that stay', 'add', 16),
    one('xmlrpc-add-close', 'add, a connection for each, 16 at once', 'add', 16, true),
    one('xmlrpc-list', 'a reply of 1,000 structs, 4 connections that stay', 'list', 4),
  ];
  return { present, absent, cases };
};

function call(method: 'add' | 'list'): string {
  const number = (value: number): string => `<param><value><int>${value}</int></value></param>`;
  const parameters = method === 'add' ? number(2) + number(3) : '';
  return `<?xml version='1.0'?><methodCall><methodName>${method}</methodName><params>${parameters}</params></methodCall>`;
}

function portico(workers: number): Subject {
  return porticoSubject(
    workers === 1 ? 'portico' : `portico, ${workers} workers`,
    ['xmlrpc'],
    (port) => `
${porticoHead(workers)}
services:
  xmlrpc:
    listen: tcp://127.0.0.1:${port('xmlrpc')}
    max_requests: 1000000
    methods: { ".": ./methods.mjs }
`,
    {
      files: () => ({
        'methods.mjs': `const items = Array.from({ length: 1000 }, (_, id) => ({ id, name: \`item \${id}\`, value: id * 1.5, ok: true }));
export const add = (a, b) => a + b;
export const list = () => items;
`,
      }),
    },
  );
}

function abyssServer(program: string): Subject {
  return {
    name: 'xmlrpc-c Abyss',
    services: ['xmlrpc'],
    sources: 8,
    command: (port) => [program, String(port('xmlrpc'))],
  };
}

function python(program: string, threads: 'one thread' | 'a thread each'): Subject {
  return {
    name: `SimpleXMLRPCServer, ${threads}`,
    services: ['xmlrpc'],
    sources: 8,
    command: (port) => [
      program,
      benchFile('peers/xmlrpc_server.py'),
      String(port('xmlrpc')),
      threads === 'one thread' ? 'one' : 'threads',
    ],
  };
}
