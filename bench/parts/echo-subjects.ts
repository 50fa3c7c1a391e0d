import { spawnSync } from 'node:child_process';

import { benchFile, findProgram, isRoot } from '../machine.ts';
import { porticoHead, porticoSubject } from '../portico-subject.ts';
import { createRoster } from '../roster.ts';
import type { Skipped, Subject } from '../subject.ts';

/** Those that echo, and start programs. `tiny` is the program. */
export function findEchoSubjects(tiny: string): { present: Subject[]; absent: Skipped[] } {
  const { present, absent, add } = createRoster();
  present.push(portico(1, tiny), portico(2, tiny), bareStream, bareDatagram);
  const python = findProgram('python3') ?? '';
  const noTwisted = spawnSync(python, ['-c', 'import twisted']).status === 0 ? null : 'no python3-twisted';
  add((program) => twisted(program, 'tcp'), 'python3', noTwisted);
  add((program) => twisted(program, 'udp'), 'python3', noTwisted);
  add((program) => xinetd(program, tiny), 'xinetd');
  add((program) => openbsdInetd(program, tiny), 'inetd', isRoot ? null : 'needs root');
  add((program) => ucspi('tcpsvd', [program, '-l', 'localhost', '-c', '4000', '-b', '1024'], tiny), 'tcpsvd');
  add((program) => ucspi('tcpserver', [program, '-c', '4000', '-b', '1024', '-HRl0'], tiny), 'tcpserver');
  return { present, absent };
}

function portico(workers: number, tiny: string): Subject {
  return porticoSubject(
    workers === 1 ? 'portico' : `portico, ${workers} workers`,
    ['echo', 'exec', 'udp'],
    (port) => `
${porticoHead(workers)}
services:
  echo:
    listen: [tcp://127.0.0.1:${port('echo')}, udp://127.0.0.1:${port('udp')}]
    limits: { connections: 20000 }
  tiny: { type: exec, listen: tcp://127.0.0.1:${port('exec')}, command: ["${tiny}"] }
`,
  );
}

const bareStream: Subject = {
  name: 'bare node:net',
  services: ['echo'],
  sources: 8,
  command: (port) => [process.execPath, benchFile('subjects/bare-echo.mjs'), String(port('echo'))],
};

const bareDatagram: Subject = {
  name: 'bare node:dgram',
  services: ['udp'],
  sources: 8,
  command: (port) => [process.execPath, benchFile('subjects/bare-udp.mjs'), String(port('udp'))],
};

function twisted(python: string, transport: 'tcp' | 'udp'): Subject {
  const service = transport === 'tcp' ? 'echo' : 'udp';
  return {
    name: `twisted ${transport}`,
    services: [service],
    sources: 8,
    command: (port) => [python, benchFile('peers/twisted_echo.py'), transport, String(port(service))],
  };
}

function xinetd(program: string, tiny: string): Subject {
  const entry = (name: string, port: number, rest: string): string =>
    `service ${name}\n{\n type = ${rest}\n port = ${port}\n socket_type = stream\n protocol = tcp\n wait = no\n user = ${isRoot ? 'root' : (process.env['USER'] ?? 'nobody')}\n}\n`;
  return {
    name: 'xinetd',
    services: ['echo', 'exec'],
    sources: 1,
    command: () => [program, '-dontfork', '-f', 'xinetd.conf', '-pidfile', 'pid'],
    files: (port) => ({
      'xinetd.conf': [
        'defaults\n{\n instances = UNLIMITED\n per_source = UNLIMITED\n cps = 1000000 1\n bind = 127.0.0.1\n}\n',
        entry('echo', port('echo'), 'INTERNAL UNLISTED'),
        entry('tiny', port('exec'), `UNLISTED\n server = ${tiny}`),
      ].join(''),
    }),
  };
}

/** Its internal echo can only be had on port 7. */
function openbsdInetd(program: string, tiny: string): Subject {
  return {
    name: 'openbsd-inetd',
    services: ['exec'],
    sources: 1,
    command: () => [program, '-i', '-R', '100000000', '-q', '1024', 'inetd.conf'],
    files: (port) => ({ 'inetd.conf': `127.0.0.1:${port('exec')} stream tcp nowait root ${tiny} tiny\n` }),
  };
}

function ucspi(name: string, command: readonly string[], tiny: string): Subject {
  return {
    name,
    services: ['exec'],
    sources: 8,
    command: (port) => [...command, '127.0.0.1', String(port('exec')), tiny],
  };
}
