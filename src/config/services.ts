import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import type * as z from 'zod';

import type { Json } from '../contract/bus.ts';
import { reasonOf } from '../contract/errors.ts';
import { show } from '../contract/options.ts';
import type { ServicePlan } from '../contract/plan.ts';
import type { ServiceModule } from '../contract/service.ts';
import { describeUnknownKey } from './issues.ts';
import { name as nameSchema } from './frame.ts';
import { suggestion } from './nearest.ts';
import type { Complete, Members, Reader } from './reader.ts';
import { serviceShape } from './service-frame.ts';
import { closedKeys, knownKeys } from './shape.ts';
import { describeFileError } from './source.ts';
import { find, isEmpty, toJson, type Path, type TreeNode } from './tree.ts';

export interface ServiceTypes {
  /** Modules, or functions that load them when a service is of that type. */
  readonly types: ReadonlyMap<string, ServiceModule | (() => Promise<ServiceModule>)>;
  /** Without it, the options of users' modules are not checked. */
  readonly loadModule?: ((path: string) => Promise<ServiceModule>) | undefined;
}

/** A service as far as it could be read. */
export interface ServiceDraft {
  readonly name: string;
  readonly path: Path;
  /** Name of the type or absolute path of the module. */
  readonly type: string;
  /** null: unknown, or not loaded. */
  readonly module: ServiceModule | null;
  readonly frame: Members<typeof serviceShape>;
  readonly options: Json;
  /** Folder of its file. */
  readonly base: string;
  readonly usesModules: boolean;
  readonly folders: readonly string[];
}

const isFrameKey = (key: string): boolean => Object.hasOwn(serviceShape, key);

export async function readServices(reader: Reader, types: ServiceTypes): Promise<readonly ServiceDraft[]> {
  const { root } = reader;
  const section = find(root, ['services']);
  if (section === null || isEmpty(section) || (section.kind === 'map' && section.children.size === 0)) {
    if (reader.isWhole) reader.wrong(['services'], 'expected at least one service, got nothing');
    return [];
  }
  if (section.kind !== 'map') {
    reader.wrong(['services'], 'expected a map of services');
    return [];
  }
  const drafts: ServiceDraft[] = [];
  for (const [name, node] of section.children) {
    const draft = await readService(reader, types, name, node);
    if (draft !== null) drafts.push(draft);
  }
  return drafts;
}

async function readService(
  reader: Reader,
  types: ServiceTypes,
  name: string,
  node: TreeNode,
): Promise<ServiceDraft | null> {
  const path = ['services', name];
  const named = nameSchema.safeParse(name);
  if (!named.success) reader.mistakes.addAtKey(reader.root, path, named.error.issues[0]?.message ?? '');
  if (node.kind !== 'map' && !isEmpty(node)) {
    reader.wrong(path, 'expected a map with the options of the service');
    return null;
  }
  const base = dirname(node.source.path);
  const frame = readFrame(reader, path);
  const { type, module } = await findType({ reader, types, path, base, name });
  const own = ownOptions(node);
  const parsed = module === null ? undefined : checkOptions({ reader, module, path, own, frame });
  const usesModules = parsed !== undefined && module?.usesModules?.(parsed) === true;
  const folders = parsed === undefined ? [] : (module?.folders?.(parsed) ?? []);
  return { name, path, type, module, frame, options: toJson(own), base, usesModules, folders };
}

function readFrame(reader: Reader, path: Path): Members<typeof serviceShape> {
  const frame = Object.entries<z.ZodType>(serviceShape).map(([key, schema]) => [
    key,
    reader.value(schema, [...path, key]),
  ]);
  return Object.fromEntries(frame) as Members<typeof serviceShape>;
}

interface TypeRequest {
  readonly reader: Reader;
  readonly types: ServiceTypes;
  readonly path: Path;
  readonly base: string;
  readonly name: string;
}

interface FoundType {
  readonly type: string;
  readonly module: ServiceModule | null;
}

async function findType({ reader, types, path, base, name }: TypeRequest): Promise<FoundType> {
  const node = find(reader.root, [...path, 'type']);
  const isGiven = node !== null && typeof node.value === 'string' && !node.isBroken;
  if (node !== null && !isGiven) return { type: name, module: null };
  const type = isGiven ? String(node.value) : name;
  if (/^(?:\.\.?)?\//.test(type)) return loadType(reader, types, [...path, 'type'], resolve(base, type));
  const found = types.types.get(type) ?? null;
  const module = typeof found === 'function' ? await found() : found;
  if (module === null) {
    const shown = node?.isSecret === true ? '"…"' : show(type);
    const meant = node?.isSecret === true ? '' : suggestion(type, types.types.keys());
    const remark = meant === '' && !isGiven ? '; without "type:" the name is the type' : meant;
    if (isGiven) reader.wrong([...path, 'type'], `unknown service type ${shown}${remark}`);
    else reader.mistakes.addAtKey(reader.root, path, `unknown service type ${shown}${remark}`);
  }
  return { type, module };
}

async function loadType(reader: Reader, { loadModule }: ServiceTypes, path: Path, file: string): Promise<FoundType> {
  const unloaded = { type: file, module: null };
  try {
    if (!statSync(file).isFile()) throw new Error('it is not a file');
  } catch (error) {
    reader.wrong(path, `cannot load the module: ${describeFileError(error)}`);
    return unloaded;
  }
  if (loadModule === undefined) return unloaded;
  try {
    return { type: file, module: await loadModule(file) };
  } catch (error) {
    const reason = reasonOf(error);
    reader.wrong(path, reason.startsWith('cannot load ') ? reason : `cannot load the module: ${reason}`);
    return unloaded;
  }
}

/** What stands on the service's level beside the frame. */
function ownOptions(node: TreeNode): TreeNode {
  const children = new Map([...node.children].filter(([key]) => !isFrameKey(key)));
  return { ...node, kind: 'map', value: null, children };
}

interface OptionsRequest {
  readonly reader: Reader;
  readonly module: ServiceModule;
  readonly path: Path;
  readonly own: TreeNode;
  readonly frame: ServiceDraft['frame'];
}

/** The options as the module has them; undefined: they have mistakes. */
function checkOptions({ reader, module, path, own, frame }: OptionsRequest): unknown {
  const { options: schema } = module;
  const closed = closedKeys(schema);
  const known = [...Object.keys(serviceShape), ...knownKeys(schema)];
  const children = new Map(own.children);
  for (const key of closed === null ? [] : own.children.keys()) {
    if (known.includes(key)) continue;
    reader.mistakes.addAtKey(reader.root, [...path, key], describeUnknownKey(key, known));
    children.delete(key);
  }
  const options = reader.value(schema, path, { ...own, children });
  if (options === undefined) return undefined;
  try {
    const wrong = module.check?.(options, frame.listen ?? [], frame.deliver ?? []) ?? null;
    if (wrong !== null) reader.wrong([...path, ...wrong.path.split('.')], reader.redact(wrong.message, own));
  } catch (error) {
    reader.wrong(path, `cannot be checked: ${reader.redact(reasonOf(error), own)}`);
  }
  return options;
}

/** The plan of a service that has no mistakes. */
export function planService(draft: ServiceDraft): ServicePlan {
  const frame = draft.frame as Complete<typeof serviceShape>;
  return {
    name: draft.name,
    type: draft.type,
    enabled: frame.enabled,
    listen: frame.listen ?? [],
    user: frame.user ?? null,
    group: frame.group ?? null,
    isolate: frame.isolate,
    sensor: frame.sensor,
    access: frame.access,
    limits: frame.limits,
    tls: frame.tls,
    banner: frame.banner ?? null,
    deliver: frame.deliver,
    options: draft.options,
    base: draft.base,
    ...(frame.groups === null ? {} : { groups: frame.groups }),
    ...(draft.usesModules ? { usesModules: true } : {}),
    ...(draft.folders.length > 0 ? { folders: draft.folders } : {}),
  };
}
