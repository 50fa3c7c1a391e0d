import * as z from 'zod';

import type { TargetKind } from '../contract/item.ts';
import type { ServiceModule } from '../contract/service.ts';
import { targetKinds } from '../deliveries/target-options.ts';
import { accountsSchema, certificateShapes } from './certificate-shapes.ts';
import { deliveryShape } from './delivery-frame.ts';
import { adminShape, daemonShape, include, loggingShape } from './frame.ts';
import { allowPlaceholders, toJsonSchema, type JsonSchema } from './json-schema.ts';
import { serviceShape } from './service-frame.ts';

const namePattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';
const pathPattern = '^(\\.\\.?)?/';

/** JSON Schema (draft 2020-12) of the configuration file, for `portico schema` and editors. */
export function configSchema(types: ReadonlyMap<string, ServiceModule>): JsonSchema {
  const frame = toJsonSchema(z.strictObject(serviceShape));
  const definitions = Object.fromEntries(
    [...types.values()].map((module) => [`type-${module.name}`, typeSchema(frame, module)]),
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Portico configuration',
    type: 'object',
    properties: {
      ...sections(),
      deliveries: deliveriesSchema([...targetKinds.values()]),
      services: servicesSchema([...types.values()]),
    },
    additionalProperties: false,
    $defs: {
      ...definitions,
      ...Object.fromEntries([...targetKinds.values()].map((kind) => [`delivery-${kind.name}`, kindSchema(kind)])),
      'own-module': closed({ ...frame, additionalProperties: true }, ['type']),
      service: serviceSchema([...types.values()]),
    },
  };
}

function sections(): Readonly<Record<string, unknown>> {
  const schema = toJsonSchema(
    z.strictObject({
      daemon: z.strictObject(daemonShape).optional().describe('the daemon itself'),
      include: include.optional(),
      logging: z.strictObject(loggingShape).optional().describe('what is logged, and where to'),
      admin: z.strictObject(adminShape).optional().describe('metrics, health and the JSON API'),
      certificates: z
        .record(
          z.string().regex(new RegExp(namePattern)),
          z.union([
            z.strictObject(certificateShapes.cert),
            z.strictObject(certificateShapes.self_signed),
            z.strictObject(certificateShapes.acme),
          ]),
        )
        .optional()
        .describe('certificates by name; default serves where no other is named'),
      accounts: accountsSchema,
    }),
  );
  return allowPlaceholders(schema.properties) as Readonly<Record<string, unknown>>;
}

function deliveriesSchema(kinds: readonly TargetKind[]): JsonSchema {
  return {
    description: 'where received things go, by name',
    type: 'object',
    propertyNames: { pattern: namePattern },
    additionalProperties: {
      type: 'object',
      required: ['type'],
      properties: { type: { anyOf: [{ enum: kinds.map(({ name }) => name) }, { type: 'string', pattern: '\\$\\{' }] } },
      allOf: kinds.map(({ name }) => ({
        if: { properties: { type: { const: name } } },
        // oxlint-disable-next-line unicorn/no-thenable
        then: { $ref: `#/$defs/delivery-${name}` },
      })),
    },
  };
}

/** What all deliveries have and the kind's own options on one level. */
function kindSchema({ summary, options }: TargetKind): JsonSchema {
  const frame = toJsonSchema(z.strictObject(deliveryShape));
  const own = toJsonSchema(options);
  const filled = allowPlaceholders({
    ...frame,
    description: summary,
    properties: { ...own.properties, ...frame.properties },
  }) as JsonSchema;
  return { ...filled, required: ['type', ...(own.required ?? [])] };
}

function servicesSchema(modules: readonly ServiceModule[]): JsonSchema {
  return {
    description: 'services by name; the name is also the type unless type says otherwise',
    type: 'object',
    minProperties: 1,
    propertyNames: { pattern: namePattern },
    properties: Object.fromEntries(
      modules.map(({ name, summary }) => [
        name,
        {
          description: summary,
          if: { type: 'object', required: ['type'] },
          // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's own word
          then: { $ref: '#/$defs/service' },
          else: { $ref: `#/$defs/type-${name}` },
        },
      ]),
    ),
    additionalProperties: { $ref: '#/$defs/service' },
  };
}

/** A service that says its type. */
function serviceSchema(modules: readonly ServiceModule[]): JsonSchema {
  const when = (type: JsonSchema, then: string): JsonSchema => ({
    if: { properties: { type } },
    // oxlint-disable-next-line unicorn/no-thenable
    then: { $ref: `#/$defs/${then}` },
  });
  return {
    type: 'object',
    required: ['type'],
    properties: {
      type: {
        anyOf: [{ enum: modules.map(({ name }) => name) }, { type: 'string', pattern: `${pathPattern}|\\$\\{` }],
      },
    },
    allOf: [
      ...modules.map(({ name }) => when({ const: name }, `type-${name}`)),
      when({ type: 'string', pattern: pathPattern }, 'own-module'),
    ],
  };
}

/** The frame and the type's own options on one level. */
function typeSchema(frame: JsonSchema, module: ServiceModule): JsonSchema {
  const own = toJsonSchema(module.options);
  const { properties = {}, required = [], additionalProperties = {} } = own;
  return closed(
    {
      ...frame,
      description: module.summary,
      properties: { ...properties, ...frame.properties },
      additionalProperties,
    },
    required,
  );
}

/** A service that is not enabled needs no address. */
function closed(schema: JsonSchema, required: readonly string[]): JsonSchema {
  const isDisabled = { properties: { enabled: { const: false } }, required: ['enabled'] };
  const filled = allowPlaceholders(schema) as JsonSchema;
  return { ...filled, required, if: isDisabled, else: { required: ['listen'] } };
}
