import type { ServiceModule } from '../contract/service.ts';
import { toJsonSchema, type JsonSchema } from './json-schema.ts';

/** One line of a table of options. */
export interface OptionRow {
  readonly name: string;
  /** "duration", "list of text", "none|v1|v2". */
  readonly type: string;
  /** As it would be written; null where there is none. */
  readonly default: string | null;
  readonly isRequired: boolean;
  readonly description: string;
}

export interface DescribeOptions {
  /** What stands in a map has rows of its own, "file.path". */
  readonly hasMembers?: boolean;
}

/** A service type's own options, for `portico services NAME` and the documentation. */
export function describeOptions(
  { options }: Pick<ServiceModule, 'options'>,
  { hasMembers = false }: DescribeOptions = {},
): readonly OptionRow[] {
  return rowsOf(toJsonSchema(options), '', hasMembers);
}

function rowsOf({ properties = {}, required = [] }: JsonSchema, prefix: string, hasMembers: boolean): OptionRow[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const name = `${prefix}${key}`;
    const row: OptionRow = {
      name,
      type: typeOf(schema),
      default: schema.default === undefined ? null : writeValue(schema.default),
      isRequired: required.includes(key),
      description: schema.description ?? '',
    };
    const map = hasMembers ? mapIn(schema) : undefined;
    return map === undefined ? [row] : [row, ...rowsOf(map, `${name}.`, hasMembers)];
  });
}

/** The map with members that we name, where that is what may be given. */
function mapIn(schema: JsonSchema): JsonSchema | undefined {
  return [schema, ...(schema.anyOf ?? schema.oneOf ?? [])].find(({ properties }) => properties !== undefined);
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'number',
  number: 'number',
  boolean: 'true|false',
  object: 'map',
  null: 'nothing',
};

function typeOf(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title;
  if (schema.enum !== undefined) return schema.enum.map(String).join('|');
  if (schema.const !== undefined) return writeValue(schema.const);
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return [...new Set(branches.map(typeOf))].join(' or ');
  if (schema.type === 'array') return typeof schema.items === 'object' ? `list of ${typeOf(schema.items)}` : 'list';
  return typeNames[schema.type ?? ''] ?? 'any';
}

function writeValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
