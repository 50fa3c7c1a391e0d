// Arguments that are small languages of their own: OPTS, SITE, and a time in front of a path.

import { reply, replies } from '../replies.ts';
import type { Command } from './command.ts';
import { parseStamp } from './stamp.ts';

/** RFC 2389 4. null: it is not written like that; a text: what to answer. */
export function parseOption(text: string): Command | string | null {
  const [, name = '', rest = ''] = /^ *([A-Za-z0-9-]{1,20})(?: ([^]*))?$/.exec(text) ?? [];
  switch (name.toUpperCase()) {
    case '':
      return null;
    case 'UTF8':
    case 'UTF-8': {
      const value = rest.trim().toUpperCase();
      if (value !== '' && value !== 'ON' && value !== 'OFF') return null;
      // RFC 2640 3: paths are UTF-8. Nothing else can be asked for.
      return value === 'OFF' ? replies.notThat : { verb: 'OPTS', option: 'UTF8', values: [] };
    }
    case 'MLST': {
      // RFC 3659 7.9: "type;size;", and nothing for no facts at all.
      const facts = rest.trim();
      if (!/^(?:[^; ]{1,64};){0,32}$/.test(facts)) return null;
      return { verb: 'OPTS', option: 'MLST', values: facts.split(';').slice(0, -1) };
    }
    default:
      return reply(501, 'There is no such option');
  }
}

/** RFC 959 4.1.3: what is special to this server. */
export function parseSite(text: string): Command | string | null {
  const [, name = '', rest = ''] = /^ *([A-Za-z]{1,20})(?: ([^]*))?$/.exec(text) ?? [];
  switch (name.toUpperCase()) {
    case '':
      return null;
    case 'HELP':
      return { verb: 'SITE', action: { kind: 'help' } };
    case 'CHMOD': {
      const [, digits = '', path = ''] = /^ *([0-7]{3,4}) ([^]+)$/.exec(rest) ?? [];
      if (path === '') return null;
      // Neither set-uid nor sticky is for a peer to give.
      return { verb: 'SITE', action: { kind: 'chmod', mode: Number.parseInt(digits, 8) & 0o777, path } };
    }
    case 'UTIME':
      return parseUtime(rest);
    default:
      return reply(504, 'SITE does HELP, CHMOD and UTIME');
  }
}

/** "YYYYMMDDhhmm[ss] path", or "path ATIME MTIME CTIME UTC", as programs send it. */
function parseUtime(text: string): Command | null {
  const [, longPath = '', longTime = ''] = /^ *([^]+) \d{14} (\d{14}) \d{14} UTC *$/i.exec(text) ?? [];
  const [, shortTime = '', shortPath = ''] = /^ *(\d{12}(?:\d\d)?) ([^]+)$/.exec(text) ?? [];
  const [path, time] = longPath === '' ? [shortPath, shortTime.padEnd(14, '0')] : [longPath, longTime];
  const modified = parseStamp(time);
  return modified === null || path === '' ? null : { verb: 'SITE', action: { kind: 'utime', modified, path } };
}

/** "20260101120000 path": before there was MFMT, some wrote MDTM like that to set the time. null: there is no time. */
export function parseTimeFirst(text: string): { readonly modified: number; readonly path: string } | null {
  const [, stamp = '', path = ''] = /^(\d{14}) ([^]+)$/.exec(text) ?? [];
  const modified = parseStamp(stamp);
  return modified === null || path === '' ? null : { modified, path };
}
