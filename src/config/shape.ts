import type * as z from 'zod';

/** The parts of a zod schema's definition that tell what keys it knows; the same in every copy of zod 4. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly getter?: () => z.core.$ZodType;
  readonly catchall?: z.core.$ZodType;
}

/** Keys that a schema knows at a path, of all branches where it has several. */
export function knownKeys(schema: z.core.$ZodType, path: readonly PropertyKey[] = []): string[] {
  const schemas = path.reduce<z.core.$ZodType[]>((each, part) => each.flatMap((one) => step(one, part)), [schema]);
  return [...new Set(schemas.flatMap(unwrap).flatMap((each) => Object.keys(definitionOf(each).shape ?? {})))];
}

/** Keys of an object that takes no others; null where others may be given. */
export function closedKeys(schema: z.core.$ZodType): string[] | null {
  const [only, ...more] = unwrap(schema);
  if (only === undefined || more.length > 0) return null;
  const { shape, catchall } = definitionOf(only);
  if (shape === undefined || (catchall !== undefined && definitionOf(catchall).type !== 'never')) return null;
  return Object.keys(shape);
}

function step(schema: z.core.$ZodType, part: PropertyKey): z.core.$ZodType[] {
  return unwrap(schema).flatMap((each) => {
    const { shape, element, valueType } = definitionOf(each);
    const next = shape?.[String(part)] ?? element ?? valueType;
    return next === undefined ? [] : [next];
  });
}

/** Without what is wrapped around it: defaults, transforms, unions. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  const { innerType, in: input, options, getter } = definitionOf(schema);
  if (options !== undefined) return options.flatMap(unwrap);
  const inner = innerType ?? input ?? getter?.();
  return inner === undefined ? [schema] : unwrap(inner);
}

function definitionOf(schema: z.core.$ZodType): Definition {
  // A user's module may bring something that is no schema of zod 4; it has no keys that we could know.
  const { _zod: internals } = schema as { readonly _zod?: { readonly def?: unknown } };
  return (internals?.def ?? { type: 'unknown' }) as Definition;
}
