import type { RpcFunction, RpcMethod } from '../../../contract/rpc.ts';
import { createMethod, type Method } from './method.ts';
import { noPrefix } from './options.ts';

export type ImportModule = (path: string) => Promise<Readonly<Record<string, unknown>>>;

/** The methods of all modules, by name. Throws an Error that names the module that cannot be taken. */
export async function loadMethods(
  modules: Readonly<Record<string, string>>,
  importModule: ImportModule,
): Promise<Map<string, Method>> {
  const methods = new Map<string, Method>();
  for (const [prefix, path] of Object.entries(modules)) {
    const found = readModule(prefix, path, await importModule(path));
    for (const method of found) {
      if (methods.has(method.name)) throw new Error(`${path}: the method ${method.name} is there already`);
      methods.set(method.name, method);
    }
  }
  return methods;
}

function readModule(prefix: string, path: string, exported: Readonly<Record<string, unknown>>): readonly Method[] {
  const members = membersOf(exported);
  try {
    const methods = Object.entries(members)
      .filter(([name, member]) => !name.startsWith('_') && isMethod(member))
      .map(([name, member]) => createMethod(prefix === noPrefix ? name : `${prefix}.${name}`, member as RpcMethod));
    if (methods.length === 0) throw new Error('expected exported functions, or a default export with them');
    const reserved = methods.find(({ name }) => name.startsWith('system.'));
    if (reserved !== undefined)
      throw new Error(`expected another name than ${reserved.name}: it would be one of the server's own`);
    return methods;
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The members of the default export where there is one, else what is exported by name. */
function membersOf(exported: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { default: members, ...named } = exported;
  return typeof members === 'object' && members !== null ? (members as Record<string, unknown>) : named;
}

/** What a module exports beside functions, and the classes it has, are its own business. */
function isMethod(member: unknown): member is RpcFunction | RpcMethod {
  if (typeof member === 'function') return !/^class\b/.test(Function.prototype.toString.call(member));
  return (
    typeof member === 'object' && member !== null && ('call' in member || 'help' in member || 'signature' in member)
  );
}
