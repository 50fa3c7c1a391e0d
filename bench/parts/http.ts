import fs from 'node:fs';
import { join } from 'node:path';

import { findProgram } from '../machine.ts';
import type { Case, OpenPart } from '../part.ts';
import { measureWithWrk } from '../wrk.ts';
import { findHttpSubjects } from './http-subjects.ts';

const largeMegabytes = 10;

export const openHttp: OpenPart = ({ folder, settings, generator }) => {
  const site = makeSite(join(folder, 'site'), generator.compile('load/tiny-cgi', '-static'));
  const { present, absent } = findHttpSubjects(site);
  if (findProgram('wrk') === null)
    return { present: [], absent: present.map((one) => ({ ...one, why: 'no wrk for the load' })), cases: [] };
  const at = { seconds: settings.seconds };
  const cases: Case[] = [
    ...['tiny', 'shell'].flatMap((program) =>
      [1, 16].map((connections): Case => ({
        name: `http-cgi-${program}-${connections}`,
        title: `CGI: ${program === 'tiny' ? 'a tiny program' : 'a shell script'} for each request, ${connections} at once`,
        unit: '/s',
        service: 'cgi',
        measure: (one) => measureWithWrk(one, { ...at, service: 'cgi', path: `/cgi-bin/${program}.cgi`, connections }),
      })),
    ),
    {
      name: 'http-small',
      title: 'HTTP: a file of 1 KB, 16 connections that stay',
      unit: '/s',
      service: 'http',
      measure: (one) => measureWithWrk(one, { ...at, service: 'http', path: '/small', connections: 16 }),
    },
    {
      name: 'http-small-close',
      title: 'HTTP: a file of 1 KB, a connection for each, 16 at once',
      unit: '/s',
      service: 'http',
      measure: (one) =>
        measureWithWrk(one, { ...at, service: 'http', path: '/small', connections: 16, isClosing: true }),
    },
    {
      name: 'http-large',
      title: `HTTP: a file of ${largeMegabytes} MB, 4 connections that stay`,
      unit: 'MB/s',
      cpuUnit: 'each file',
      service: 'http',
      measure: (one) =>
        measureWithWrk(one, { ...at, service: 'http', path: '/large', connections: 4, scale: largeMegabytes }),
    },
  ];
  return { present, absent, cases };
};

function makeSite(site: string, tiny: string | null): string {
  const programs = join(site, 'cgi-bin');
  fs.mkdirSync(programs, { recursive: true });
  fs.writeFileSync(join(site, 'small'), Buffer.alloc(1024, 'x'));
  fs.writeFileSync(join(site, 'large'), Buffer.alloc(largeMegabytes * 1e6, 'x'));
  const script = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\necho hello\n";
  fs.writeFileSync(join(programs, 'shell.cgi'), script, { mode: 0o755 });
  if (tiny === null) fs.copyFileSync(join(programs, 'shell.cgi'), join(programs, 'tiny.cgi'));
  else fs.copyFileSync(tiny, join(programs, 'tiny.cgi'));
  return site;
}
