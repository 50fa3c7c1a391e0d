import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Remark } from '../draft.ts';
import { readForeignFile } from '../read-file.ts';
import { parseHosts, type HostsRule } from './grammar.ts';

export interface HostsFiles {
  /** As given on the command line; undefined: beside the file that is imported, or else in /etc. */
  readonly allow?: string | undefined;
  readonly deny?: string | undefined;
}

export interface HostsRules {
  readonly rules: readonly HostsRule[];
  readonly remarks: readonly Remark[];
  /** Those that were read. */
  readonly files: readonly string[];
}

/** The rules of hosts.allow, then those of hosts.deny. `folders`: where they are looked for. */
export function readHostsRules(given: HostsFiles, folders: readonly string[]): HostsRules {
  const read = (name: 'allow' | 'deny'): HostsRules => {
    const places = folders.map((folder) => join(folder, `hosts.${name}`));
    const path = given[name] ?? places.find((place) => existsSync(place));
    // The usual word for "none".
    if (path === undefined || path === '/dev/null') return { rules: [], remarks: [], files: [] };
    const { rules, wrong } = parseHosts(readForeignFile(path), path, name === 'allow');
    return {
      rules,
      files: [path],
      remarks: wrong.map(({ line, text }) => ({
        file: path,
        line,
        text: `not a rule: ${JSON.stringify(text.slice(0, 200))}`,
      })),
    };
  };
  const [allow, deny] = [read('allow'), read('deny')];
  return {
    rules: [...allow.rules, ...deny.rules],
    remarks: [...allow.remarks, ...deny.remarks],
    files: [...allow.files, ...deny.files],
  };
}
