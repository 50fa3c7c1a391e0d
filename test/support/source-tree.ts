import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** One file of ours, as the tests of the architecture look at it. */
export interface SourceFile {
  /** From the folder that was read: "listeners/stream.ts". */
  readonly path: string;
  readonly text: string;
  /** Files of ours that it imports, by path; types count like values. */
  readonly imports: readonly string[];
  /** Those that must be there before it runs: neither types nor what it loads later. */
  readonly valueImports: readonly string[];
  /** Node's modules and packages: "node:net", "zod". */
  readonly packages: readonly string[];
}

/** All TypeScript files of a folder of the checkout. */
export function readSourceTree(folder: string): readonly SourceFile[] {
  return listFiles(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readSource(folder, file));
}

/** Paths below a folder of the checkout, sorted; none when it is not there. */
export function listFiles(folder: string): readonly string[] {
  const start = join(root, folder);
  if (!existsSync(start)) return [];
  const entries = readdirSync(start, { recursive: true, encoding: 'utf8' });
  return entries.filter((entry) => statSync(join(start, entry)).isFile()).sort();
}

/** False where nothing is left after the types are gone. */
export function exportsValues({ text }: SourceFile): boolean {
  return /^export /m.test(withoutWarning(() => stripTypeScriptTypes(text)));
}

/** "listeners" for "listeners/stream.ts", "main.ts" for "main.ts". */
export function folderOf(path: string): string {
  return path.split('/', 1)[0] ?? '';
}

function readSource(folder: string, path: string): SourceFile {
  const text = readFileSync(join(root, folder, path), 'utf8');
  const named = importedNames(text, [...staticImports, ...typeImports, ...laterImports]);
  const own = (names: readonly string[]): string[] => [
    ...new Set(
      names.filter((name) => name.startsWith('.')).map((name) => relative(folder, join(folder, dirname(path), name))),
    ),
  ];
  return {
    path,
    text,
    imports: own(named),
    valueImports: own(importedNames(text, staticImports)),
    packages: [...new Set(named.filter((name) => !name.startsWith('.')).map(packageOf))],
  };
}

const staticImports = [
  /^import\s+(?!type\s)[^'"]*?from\s+'([^']+)'/gm,
  /^export\s+[{*][^'"]*?from\s+'([^']+)'/gm,
  /^import\s+'([^']+)'/gm,
];
const typeImports = [/^(?:import|export)\s+type\s[^'"]*?from\s+'([^']+)'/gm];
const laterImports = [/\bimport\('([^']+)'\)/g, /\bgetBuiltinModule\('([^']+)'\)/g];

function importedNames(text: string, statements: readonly RegExp[]): string[] {
  return statements.flatMap((statement) => [...text.matchAll(statement)].map(([, name = '']) => name));
}

/** "@prometheus-io/client" for a module inside it; Node's own keep their whole name. */
function packageOf(name: string): string {
  if (name.startsWith('node:')) return name;
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Stripping types is experimental; the tests' output is no place to say so. */
function withoutWarning<T>(run: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return run();
  } finally {
    process.emitWarning = emitWarning;
  }
}
