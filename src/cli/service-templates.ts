import { readFile } from 'node:fs/promises';

/** A file to be written, its path relative to a folder. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** Where each goes, and the template in the package's folder of these. */
type Plan = readonly (readonly [path: string, template: string])[];

/** A module of one's own beside a configuration: named there by its path. */
export function moduleFiles(name: string): Promise<readonly NewFile[]> {
  return filled(name, [
    [`${name}.ts`, 'module/service.ts'],
    [`${name}.test.ts`, 'module/service.test.ts'],
    [`${name}.md`, 'module/page.md'],
  ]);
}

/** A built-in type, in a checkout. */
export function builtInFiles(name: string): Promise<readonly NewFile[]> {
  return filled(name, [
    [`src/services/${name}.ts`, 'built-in/service.ts'],
    [`test/services/${name}.test.ts`, 'built-in/service.test.ts'],
    [`docs/services/${name}.md`, 'built-in/page.md'],
  ]);
}

/** The line for src/services/index.ts. */
export function registration(name: string): string {
  return `    ${propertyOf(name)}: async () => (await import('./${name}.ts')).default,`;
}

/** The name as that of a member of an object. */
function propertyOf(name: string): string {
  return name.includes('-') ? `'${name}'` : name;
}

async function filled(name: string, plan: Plan): Promise<readonly NewFile[]> {
  const variable = name.replaceAll(/-+(\w?)/g, (_, letter: string) => letter.toUpperCase());
  return await Promise.all(
    plan.map(async ([path, template]) => {
      const text = await readFile(new URL(`../../templates/${template}.txt`, import.meta.url), 'utf8');
      const own = text.replaceAll('NAME', name).replaceAll('VARIABLE', variable);
      return { path, text: own.replaceAll('PROPERTY', propertyOf(name)) };
    }),
  );
}
