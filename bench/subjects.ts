import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type ServiceName = 'echo' | 'exec' | 'udp';
export type Ports = Readonly<Record<ServiceName, number>>;

/** A daemon to be measured: how to start it in the foreground, and what it offers. */
export interface Subject {
  readonly name: string;
  readonly services: readonly ServiceName[];
  /** Source addresses of the load; 1 for daemons that look names up and would wait for those of 127.0.0.2 and so on. */
  readonly sources: number;
  command(ports: Ports): readonly string[];
  /** Files of its folder, in which it is started. */
  files?(ports: Ports): Readonly<Record<string, string>>;
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const isRoot = process.getuid?.() === 0;

/** Those that can run here, and the names of those that cannot, with the reason. `tiny` is what exec services start. */
export function findSubjects(tiny: string): { present: Subject[]; absent: string[] } {
  const present: Subject[] = [portico(1, tiny), portico(2, tiny), bareStream, bareDatagram];
  const absent: string[] = [];
  const add = (subject: (program: string) => Subject, program: string, missing: string | null = null): void => {
    const path = findProgram(program);
    if (path !== null && missing === null) present.push(subject(path));
    else absent.push(`${subject('').name} (${path === null ? `no ${program}` : missing})`);
  };
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

/** With everything on that is on by default, and the log in a file. */
function portico(workers: number, tiny: string): Subject {
  return {
    name: workers === 1 ? 'portico' : `portico, ${workers} workers`,
    services: ['echo', 'exec', 'udp'],
    sources: 8,
    command: () => [process.execPath, file('../bin/portico.js'), 'run', '-c', 'daemon.config.yaml'],
    files: ({ echo, exec, udp }) => ({
      'daemon.config.yaml': `
daemon: { state: ./var, workers: ${workers} }
logging: { outputs: [{ file: ./var/portico.log }] }
services:
  echo:
    listen: [tcp://127.0.0.1:${echo}, udp://127.0.0.1:${udp}]
    limits: { connections: 20000 }
  tiny: { type: exec, listen: tcp://127.0.0.1:${exec}, command: ["${tiny}"] }
`,
    }),
  };
}

const bareStream: Subject = {
  name: 'bare node:net',
  services: ['echo'],
  sources: 8,
  command: ({ echo }) => [process.execPath, file('subjects/bare-echo.mjs'), String(echo)],
};

const bareDatagram: Subject = {
  name: 'bare node:dgram',
  services: ['udp'],
  sources: 8,
  command: ({ udp }) => [process.execPath, file('subjects/bare-udp.mjs'), String(udp)],
};

function twisted(python: string, transport: 'tcp' | 'udp'): Subject {
  const service = transport === 'tcp' ? 'echo' : 'udp';
  return {
    name: `twisted ${transport}`,
    services: [service],
    sources: 8,
    command: (ports) => [python, file('peers/twisted_echo.py'), transport, String(ports[service])],
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
    files: ({ echo, exec }) => ({
      'xinetd.conf': [
        'defaults\n{\n instances = UNLIMITED\n per_source = UNLIMITED\n cps = 1000000 1\n bind = 127.0.0.1\n}\n',
        entry('echo', echo, 'INTERNAL UNLISTED'),
        entry('tiny', exec, `UNLISTED\n server = ${tiny}`),
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
    files: ({ exec }) => ({ 'inetd.conf': `127.0.0.1:${exec} stream tcp nowait root ${tiny} tiny\n` }),
  };
}

function ucspi(name: string, command: readonly string[], tiny: string): Subject {
  return {
    name,
    services: ['exec'],
    sources: 8,
    command: ({ exec }) => [...command, '127.0.0.1', String(exec), tiny],
  };
}

function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  // The system's python, because it is the one with the system's Twisted.
  const paths = (name === 'python3' ? ['/usr/bin', ...folders] : folders).map((folder) => join(folder, name));
  return paths.find((path) => existsSync(path)) ?? null;
}
