import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';

import { loadConfig } from '../../src/config/load.ts';
import { renderMistakes } from '../../src/config/mistakes.ts';
import { ConfigError } from '../../src/contract/errors.ts';
import type { Plan, ServicePlan } from '../../src/contract/plan.ts';
import { isDraft, type Draft, type Unconverted } from '../../src/import/draft.ts';
import { importConfiguration, type ImportRequest } from '../../src/import/index.ts';
import { renderRemark } from '../../src/import/remarks.ts';
import type { Machine } from '../../src/import/machine.ts';
import { findPort } from '../../src/system/ports.ts';
import { services } from '../../src/services/index.ts';

/** Users and groups as on every machine. */
export const machine: Machine = {
  findPort,
  hasUser: (name) => ['root', 'nobody'].includes(name),
  hasGroup: (name) => ['root', 'tty', 'mail', 'disk'].includes(name),
  nameOfUser: (uid) =>
    new Map([
      [0, 'root'],
      [65_534, 'nobody'],
    ]).get(uid) ?? null,
  nameOfGroup: (gid) => (gid === 8 ? 'mail' : null),
  hardLimit: (name) => (name === 'files' ? 524_288 : name === 'memlock' ? 8_388_608 : name === 'cpu' ? 100 : Infinity),
};

export function foreignFiles(t: Test, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'portico-import-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

export interface Trial {
  readonly yaml: string;
  /** Without the folder's name. */
  readonly remarks: readonly string[];
  readonly plan: Plan | null;
  /** What `portico check` says; "" when all is well. */
  readonly mistakes: string;
  service(name: string): ServicePlan;
}

/** Imports, and loads what came out. */
export async function tryImport(
  t: Test,
  files: Readonly<Record<string, string>>,
  request: Omit<ImportRequest, 'path'> & { readonly path: string },
): Promise<Trial> {
  const folder = foreignFiles(t, files);
  const { yaml, remarks } = importConfiguration({
    machine,
    hostsFolder: folder,
    ...request,
    path: join(folder, request.path),
  });
  const file = join(folder, 'portico.yaml');
  writeFileSync(file, yaml);
  const shown = (text: string): string => text.replaceAll(`${folder}/`, '');
  let plan: Plan | null = null;
  let mistakes = '';
  try {
    plan = await loadConfig(file, { types: services, env: {} });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    mistakes = renderMistakes(error.mistakes, (path) => readFileSync(path, 'utf8'));
  }
  return {
    yaml: shown(yaml),
    remarks: remarks.map((remark) => shown(renderRemark(remark))),
    plan,
    mistakes,
    service(name) {
      const found = plan?.services.find((service) => service.name === name);
      if (found === undefined) throw new Error(`there is no service ${name}: ${mistakes}${yaml}`);
      return found;
    },
  };
}

/** The only entry, which has to be a service. */
export function onlyDraft(entries: readonly (Draft | Unconverted)[]): Draft {
  const [entry] = entries;
  if (entries.length !== 1 || entry === undefined || !isDraft(entry)) throw new Error(JSON.stringify(entries));
  return entry;
}
