import * as z from 'zod';

/** A JSON Schema as `z.toJSONSchema` gives it. */
export interface JsonSchema {
  readonly [key: string]: unknown;
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** What may be written in the file for a schema. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: keepDefault,
  });
  return rest as JsonSchema;
}

/** zod leaves out the default of what is transformed, as it could be of another kind than what is written; a path is not. */
function keepDefault({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const { type, defaultValue } = zodSchema._zod.def as { readonly type: string; readonly defaultValue?: unknown };
  const isWritten = typeof defaultValue === 'string' || (typeof defaultValue === 'object' && defaultValue !== null);
  if (type === 'default' && isWritten) jsonSchema.default ??= JSON.parse(JSON.stringify(defaultValue));
}

const anyPlaceholder = '\\$\\{';
const placeholder: JsonSchema = { type: 'string', pattern: anyPlaceholder };
const untouched = ['default', 'examples', 'propertyNames'];
const typesWithoutText = ['integer', 'number', 'boolean'];

/** Where no free text may stand, `${NAME}` may. */
export function allowPlaceholders(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(allowPlaceholders);
  if (typeof value !== 'object' || value === null) return value;
  const schema = value as JsonSchema;
  const needsText =
    typesWithoutText.includes(schema.type ?? '') || (schema.enum !== undefined && schema.type === 'string');
  if (needsText) {
    const { description, default: preset, ...rest } = schema;
    const remarks = Object.entries({ description, default: preset }).filter(([, remark]) => remark !== undefined);
    return { ...Object.fromEntries(remarks), anyOf: [rest, placeholder] };
  }
  const entries = Object.entries(schema).map(([key, member]) => {
    if (key === 'pattern' && typeof member === 'string' && !member.endsWith(anyPlaceholder))
      return [key, `${member}|${anyPlaceholder}`];
    return [key, untouched.includes(key) ? member : allowPlaceholders(member)];
  });
  return Object.fromEntries(entries);
}
