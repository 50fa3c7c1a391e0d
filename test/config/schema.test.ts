import t from 'tap';

import { configSchema } from '../../src/config/schema.ts';
import { types } from './harness.ts';

interface Node {
  readonly [key: string]: Node;
}

const schema = configSchema(types) as unknown as Node;

t.test('is plain JSON of draft 2020-12', async (t) => {
  t.equal(schema['$schema'], 'https://json-schema.org/draft/2020-12/schema');
  t.strictSame(JSON.parse(JSON.stringify(schema)), schema);
});

t.test('every reference leads somewhere', async (t) => {
  const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)].map(
    ([, name]) => name ?? '',
  );
  t.ok(references.length > 6);
  for (const name of new Set(references)) t.ok(schema['$defs']?.[name], name);
});

t.test('a service by the name of a type has the options of the type and of the frame, and no others', async (t) => {
  t.match(schema['properties']?.['services']?.['properties']?.['mail'], {
    description: 'takes mail',
    if: { required: ['type'] },
    // oxlint-disable-next-line unicorn/no-thenable
    then: { $ref: '#/$defs/service' },
    else: { $ref: '#/$defs/type-mail' },
  });
  const mail = schema['$defs']?.['type-mail'];
  t.equal(mail?.['additionalProperties'], false);
  t.match(mail?.['properties'], {
    max_size: { type: 'string', title: 'size', default: '25MB', description: 'the largest mail' },
    auth: { default: 'none', description: 'who may send' },
    listen: { description: 'one address or a list of them' },
    limits: { properties: { connections: { default: 1000 } } },
  });
});

t.test('where no text may stand, a placeholder may', async (t) => {
  const mail = schema['$defs']?.['type-mail']?.['properties'];
  const placeholder = { type: 'string', pattern: '\\$\\{' };
  t.strictSame(mail?.['enabled']?.['anyOf'], [{ type: 'boolean' }, placeholder]);
  t.strictSame(mail?.['auth']?.['anyOf'], [{ type: 'string', enum: ['none', 'optional', 'required'] }, placeholder]);
});

t.test('the sections', async (t) => {
  t.strictSame(Object.keys(schema['properties'] ?? {}), [
    'daemon',
    'include',
    'logging',
    'admin',
    'certificates',
    'accounts',
    'deliveries',
    'services',
  ]);
  t.match(schema['properties']?.['daemon']?.['properties'], { drain: { default: '30s' }, state: { title: 'path' } });
});

t.test('a delivery has the options of its type and what all have, and no others', async (t) => {
  const of = schema['properties']?.['deliveries']?.['additionalProperties'];
  t.match(of, { required: ['type'] });
  const directory = schema['$defs']?.['delivery-directory'];
  t.match(directory, {
    required: ['type', 'path'],
    additionalProperties: false,
    properties: {
      path: { title: 'path' },
      name: { title: 'name template', default: '{name}' },
      retry: { properties: { first: { default: '5s' }, longest: { default: '1h' }, give_up: { default: '3d' } } },
      timeout: { default: '60s' },
    },
  });
  for (const name of ['maildir', 'command', 'webhook', 'sftp', 'smtp'])
    t.ok(schema['$defs']?.[`delivery-${name}`], name);
});
