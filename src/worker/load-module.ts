import { accessSync, constants } from 'node:fs';
import { registerHooks, type ResolveFnOutput } from 'node:module';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';

import { reasonOf } from '../contract/errors.ts';
import type { ServiceModule } from '../contract/service.ts';
import { ownName } from '../system/own-name.ts';
import { createImportGraph, faultPlace } from './load-module-fault.ts';

/** Imports a user's service module; throws an Error that says what is wrong with it. */
export async function loadModule(path: string): Promise<ServiceModule> {
  const { default: candidate } = await importModule(path);
  return completeModule(candidate, path);
}

/** What a user's module exports; throws an Error that says what is wrong with it. */
export async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  provideOwnPackages();
  hideTypelessWarning();
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    const where = await withPlace(path, error);
    throw new Error(`cannot load ${where}: ${whyUnreadable(path) ?? reasonOf(error)}`, { cause: error });
  }
}

/** Node says of what it may not read that it is not there. */
function whyUnreadable(path: string): string | null {
  try {
    accessSync(path, constants.R_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES'
      ? `${ownName()} may not read it, or not go through a folder above it`
      : null;
  }
}

/** "/srv/a.ts:12", or "/srv/a.ts: /srv/b.ts:12" where the fault is in what it imports. */
async function withPlace(path: string, error: unknown): Promise<string> {
  const place = await faultPlace(path, error, imports);
  if (place === null) return path;
  return place.file === path ? `${path}:${place.line}` : `${path}: ${place.file}:${place.line}`;
}

/** A plain `{ name, create }` is enough; what is missing is filled in. */
function completeModule(candidate: unknown, path: string): ServiceModule {
  const given = (typeof candidate === 'object' && candidate !== null ? candidate : {}) as Partial<ServiceModule>;
  if (typeof given.create !== 'function') {
    throw new Error(`${path}: expected a default export with a function "create", as defineService gives it`);
  }
  const { create } = given;
  return {
    ...given,
    name: given.name ?? path,
    summary: given.summary ?? `service module ${path}`,
    transports: given.transports ?? ['stream', 'datagram'],
    options: given.options ?? z.looseObject({}),
    example: given.example ?? '',
    create: (options, context) => create.call(candidate, options, context),
  };
}

let isHidden = false;

/** That package.json does not say "type": "module" costs a moment at the start, and is nothing for a log. */
function hideTypelessWarning(): void {
  if (isHidden) return;
  isHidden = true;
  const emitWarning = process.emitWarning.bind(process) as (...given: unknown[]) => void;
  process.emitWarning = (...given: unknown[]): void => {
    const [, options] = given;
    const code = typeof options === 'object' && options !== null ? (options as { code?: unknown }).code : null;
    if (code !== 'MODULE_TYPELESS_PACKAGE_JSON') emitWarning(...given);
  };
}

/** For a process that soon cannot read our own files: modules that ask for our packages get what is there already. */
export async function keepOwnPackages(): Promise<void> {
  await Promise.all([...provideOwnPackages().values()].map((url) => import(url)));
}

const imports = createImportGraph();
let provided: ReadonlyMap<string, string> | undefined;

/**
 * A module that stands anywhere on the disk can import `portico` and `zod` without an installation of its own; what its
 * folder does have installed comes first.
 */
function provideOwnPackages(): ReadonlyMap<string, string> {
  if (provided !== undefined) return provided;
  const own = new Map([
    ['portico', import.meta.resolve(`../index${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`)],
    ['zod', import.meta.resolve('zod')],
  ]);
  provided = own;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const found = resolveWithOwn(specifier, () => nextResolve(specifier, context));
      imports.add(context.parentURL, specifier, found.url);
      return found;
    },
  });
  const resolveWithOwn = (specifier: string, next: () => ResolveFnOutput): ResolveFnOutput => {
    const ours = own.get(specifier);
    if (ours === undefined) return next();
    try {
      return next();
    } catch {
      return { url: ours, shortCircuit: true };
    }
  };
  return own;
}
